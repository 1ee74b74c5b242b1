fn main() -> std::process::ExitCode {
    shared::main(booking::recompute_scores::RecomputeScores::from_variables)
}
