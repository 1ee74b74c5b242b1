fn main() -> std::process::ExitCode {
    shared::main(|_| Ok(productivity::weekly_aggregation::WeeklyAggregation))
}
