fn main() -> std::process::ExitCode {
    shared::main(productivity::break_reminders::BreakReminders::from_variables)
}
