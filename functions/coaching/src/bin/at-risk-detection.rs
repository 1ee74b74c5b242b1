fn main() -> std::process::ExitCode {
    shared::main(|_| Ok(coaching::at_risk_detection::AtRiskDetection))
}
