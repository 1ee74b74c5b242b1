fn main() -> std::process::ExitCode {
    shared::main(productivity::monthly_report::MonthlyReport::from_variables)
}
