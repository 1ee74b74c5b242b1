fn main() -> std::process::ExitCode {
    shared::main(productivity::goal_deadlines::GoalDeadlines::from_variables)
}
