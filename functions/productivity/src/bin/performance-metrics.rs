fn main() -> std::process::ExitCode {
    shared::main(|_| Ok(productivity::performance_metrics::PerformanceMetrics))
}
