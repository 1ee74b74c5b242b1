fn main() -> std::process::ExitCode {
    shared::main(productivity::data_cleanup::DataCleanup::from_variables)
}
