//! What it costs to start each binary, beside one that does nothing.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};
use demo::runtime_api::Function;
use serde_json::json;

use crate::{
    Arguments, Part,
    database::Server,
    median, progress,
    table::{Table, megabytes, ratio},
};

pub const PART: Part = Part {
    name: "starting",
    options: |_| String::new(),
    measure: |server, arguments| Box::pin(measure(server, arguments)),
};

/// Times are the medians of the starts, in milliseconds.
struct Figures {
    name: String,
    /// From the process's start to its first request for an event.
    first_next_ms: f64,
    /// From there to the answer.
    first_answer_ms: f64,
    peak_memory_mb: f64,
    /// Of what is uploaded; the empty one is not.
    zipped_mb: Option<f64>,
}

/// Starts each in turn, as often as asked, so that whatever the machine does meanwhile meets all of them.
async fn measure(server: &Server, arguments: &Arguments) -> Result<String> {
    progress("starting each binary");
    server.migrate().await?;
    let mut all = vec![(
        Sample::new("(empty)".to_owned(), None),
        Function::new(&arguments.empty, "empty"),
    )];
    for name in server.names()? {
        let function = server.function_of_filled(&name);
        let zips = arguments.zips.as_ref();
        let zip = zips.map(|zips| zips.join(&name).join("bootstrap.zip"));
        all.push((Sample::new(name, zip), function));
    }
    for _ in 0..arguments.starts {
        for (sample, function) in &mut all {
            sample.take(function).await?;
        }
    }
    server.forget().await?;
    let figures: Result<Vec<_>> = all.into_iter().map(|(sample, _)| sample.figures()).collect();
    Ok(table(&figures?))
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

fn table(binaries: &[Figures]) -> String {
    let mut table = Table::untitled(&[
        "function",
        "to the first `next`",
        "beside the empty one",
        "to the first answer",
        "peak memory",
        "zipped",
    ]);
    let empty = binaries.first().map_or(f64::NAN, |binary| binary.first_next_ms);
    for binary in binaries {
        table.row(&[
            binary.name.clone(),
            format!("{:.1} ms", binary.first_next_ms),
            ratio(binary.first_next_ms / empty),
            format!("{:.1} ms", binary.first_next_ms + binary.first_answer_ms),
            megabytes(binary.peak_memory_mb),
            binary
                .zipped_mb
                .map_or_else(String::new, |mb| format!("{mb:.1} MB")),
        ]);
    }
    table.text()
}
