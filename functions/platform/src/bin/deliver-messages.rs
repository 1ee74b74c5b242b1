fn main() -> std::process::ExitCode {
    platform::deliver_messages::main()
}
