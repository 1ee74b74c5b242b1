fn main() -> std::process::ExitCode {
    shared::main(platform::watchdog::Watchdog::from_variables)
}
