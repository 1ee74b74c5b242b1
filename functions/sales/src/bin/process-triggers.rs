fn main() -> std::process::ExitCode {
    shared::main(sales::process_triggers::ProcessTriggers::from_variables)
}
