fn main() -> std::process::ExitCode {
    shared::main(|_| Ok(coaching::coach_actions::CoachActions))
}
