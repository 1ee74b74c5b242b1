fn main() -> std::process::ExitCode {
    shared::main(|_| Ok(productivity::user_behavior::UserBehavior))
}
