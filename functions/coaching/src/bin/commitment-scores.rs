fn main() -> std::process::ExitCode {
    shared::main(coaching::commitment_scores::CommitmentScores)
}
