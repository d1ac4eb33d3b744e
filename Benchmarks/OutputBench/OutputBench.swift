import Engine
import Glibc

/// Writes the same answers in every format and prints how fast, beside row writers that are measured in the same run.
struct OutputBench {
    /// Bytes a second that a writer of text should reach on one core: more than a link of a gigabit carries.
    private static let goalBytes = 200e6

    private let options: OutputBenchOptions
    private let report: Report

    init(_ options: OutputBenchOptions) {
        self.options = options
        self.report = Report(isJSON: options.isJSON)
    }

    func run() {
        report.begin()
        for numbers in Numbers.allCases { measure(AnswerRows(numbers, rowCount: options.rowCount)) }
    }

    /// Measures everything in turns, so that a machine that is slow for a while is slow for all.
    private func measure(_ rows: AnswerRows) {
        var baselines = RowWriter.allCases.map { ($0, measurement($0, rows)) }
        let formats = ResultFormat.allCases.filter { $0 != .table }
        var measurements = formats.map { ($0, measurement($0, rows)) }
        for _ in 0..<options.rounds {
            for index in baselines.indices { baselines[index].1.run(seconds: options.seconds) }
            for index in measurements.indices { measurements[index].1.run(seconds: options.seconds) }
        }
        for (writer, measurement) in baselines {
            tell("row writer, \(writer.rawValue), \(rows.numbers.rawValue)", measurement, rows, nil)
        }
        for (format, measurement) in measurements {
            tell("\(format.rawValue), \(rows.numbers.rawValue)", measurement, rows, baselines.first)
        }
    }

    private func measurement(_ writer: RowWriter, _ rows: AnswerRows) -> Measurement {
        Measurement { pieces in
            for batch in rows.batches {
                writer.write(batch, into: &pieces.bytes)
                pieces.take()
            }
        }
    }

    private func measurement(_ format: ResultFormat, _ rows: AnswerRows) -> Measurement {
        Measurement { pieces in
            var writer = ResultWriter(format: format, columns: AnswerRows.columns)
            writer.begin(into: &pieces.bytes)
            for batch in rows.batches {
                writer.write(batch, into: &pieces.bytes)
                pieces.take()
            }
            writer.end(QueryStatistics(), into: &pieces.bytes)
        }
    }

    private func tell(
        _ name: String,
        _ measurement: Measurement,
        _ rows: AnswerRows,
        _ baseline: (RowWriter, Measurement)?
    ) {
        let rate = Double(measurement.byteCount) / measurement.seconds
        let hasGoal = baseline != nil
        report.add(Figure(name: name, value: rate / 1e6, unit: "MB/s", goal: hasGoal ? Self.goalBytes / 1e6 : nil))
        var figure = Figure(name: name, value: Double(rows.rowCount) / measurement.seconds, unit: "rows/s")
        figure.check = measurement.hash.text
        if let (writer, baseline) = baseline {
            figure.baseline = (writer.rawValue, Double(rows.rowCount) / baseline.seconds)
        }
        report.add(figure)
    }
}
