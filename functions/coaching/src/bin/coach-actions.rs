fn main() -> std::process::ExitCode {
    shared::main(coaching::coach_actions::CoachActions)
}
