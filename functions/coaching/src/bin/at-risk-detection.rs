fn main() -> std::process::ExitCode {
    shared::main(coaching::at_risk_detection::AtRiskDetection)
}
