fn main() -> std::process::ExitCode {
    shared::main(productivity::daily_check::DailyCheck::from_variables)
}
