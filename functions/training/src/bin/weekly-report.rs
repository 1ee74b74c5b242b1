fn main() -> std::process::ExitCode {
    shared::main(|_| Ok(training::weekly_report::WeeklyReport))
}
