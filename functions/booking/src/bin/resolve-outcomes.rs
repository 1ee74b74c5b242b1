fn main() -> std::process::ExitCode {
    shared::main(booking::resolve_outcomes::ResolveOutcomes::from_variables)
}
