fn main() -> std::process::ExitCode {
    shared::main_in_order(sales::daily::Daily::from_variables)
}
