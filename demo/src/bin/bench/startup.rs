//! What it costs to start each binary, beside one that does nothing.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use demo::runtime_api::Function;
use serde_json::json;

use crate::{database::Server, median};

/// Times are the medians of the starts, in milliseconds.
pub struct Figures {
    pub name: String,
    /// From the process's start to its first request for an event.
    pub first_next_ms: f64,
    /// From there to the answer.
    pub first_answer_ms: f64,
    pub peak_memory_mb: f64,
    /// Of what is uploaded; the empty one is not.
    pub zipped_mb: Option<f64>,
}

/// Starts each in turn, as often as asked, so that whatever the machine does meanwhile meets all of them.
pub async fn measure(
    server: &Server,
    zips: Option<&Path>,
    empty: &Path,
    starts: u32,
) -> Result<Vec<Figures>> {
    server.migrate().await?;
    let mut all = vec![(
        Sample::new("(empty)".to_owned(), None),
        Function::new(empty, "empty"),
    )];
    for name in server.names()? {
        let function = server.function_of_filled(&name);
        let zip = zips.map(|zips| zips.join(&name).join("bootstrap.zip"));
        all.push((Sample::new(name, zip), function));
    }
    for _ in 0..starts {
        for (sample, function) in &mut all {
            sample.take(function).await?;
        }
    }
    all.into_iter().map(|(sample, _)| sample.figures()).collect()
}

struct Sample {
    name: String,
    zip: Option<PathBuf>,
    first_next_ms: Vec<f64>,
    first_answer_ms: Vec<f64>,
    peak_memory_mb: Vec<f64>,
}

impl Sample {
    fn new(name: String, zip: Option<PathBuf>) -> Self {
        Self {
            name,
            zip,
            first_next_ms: Vec::new(),
            first_answer_ms: Vec::new(),
            peak_memory_mb: Vec::new(),
        }
    }

    async fn take(&mut self, function: &Function) -> Result<()> {
        let invocation = function.invoke(&json!({})).await?;
        function.kill();
        let cold = invocation.cold_start.context("the binary was started")?;
        self.first_next_ms.push(cold.as_secs_f64() * 1000.0);
        self.first_answer_ms
            .push(invocation.duration.as_secs_f64() * 1000.0);
        let peak = invocation.peak_memory_kb.context("read the peak memory")?;
        self.peak_memory_mb.push(peak as f64 / 1024.0);
        Ok(())
    }

    fn figures(self) -> Result<Figures> {
        let zipped_mb = self.zip.map(|zip| {
            let file = fs::metadata(&zip).with_context(|| format!("measure {}", zip.display()))?;
            anyhow::Ok(file.len() as f64 / 1e6)
        });
        Ok(Figures {
            name: self.name,
            first_next_ms: median(self.first_next_ms),
            first_answer_ms: median(self.first_answer_ms),
            peak_memory_mb: median(self.peak_memory_mb),
            zipped_mb: zipped_mb.transpose()?,
        })
    }
}
