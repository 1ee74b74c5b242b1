fn main() -> std::process::ExitCode {
    shared::main(productivity::weekly_review::WeeklyReview::from_variables)
}
