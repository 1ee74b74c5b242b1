fn main() -> std::process::ExitCode {
    shared::main(productivity::inactive_users::InactiveUsers::from_variables)
}
