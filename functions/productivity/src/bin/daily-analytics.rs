fn main() -> std::process::ExitCode {
    shared::main(|_| Ok(productivity::daily_analytics::DailyAnalytics))
}
