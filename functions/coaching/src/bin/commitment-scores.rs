fn main() -> std::process::ExitCode {
    shared::main(|_| Ok(coaching::commitment_scores::CommitmentScores))
}
