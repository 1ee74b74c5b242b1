fn main() -> std::process::ExitCode {
    platform::migrate::main()
}
