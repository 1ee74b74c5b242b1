fn main() -> std::process::ExitCode {
    shared::main(|_| Ok(training::behavior_metrics::BehaviorMetrics))
}
