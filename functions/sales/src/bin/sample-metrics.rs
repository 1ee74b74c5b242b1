fn main() -> std::process::ExitCode {
    shared::main(|_| Ok(sales::sample_metrics::SampleMetrics))
}
