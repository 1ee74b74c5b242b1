fn main() -> std::process::ExitCode {
    shared::main(|_| Ok(productivity::monthly_insights::MonthlyInsights))
}
