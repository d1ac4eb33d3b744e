import Columnar
import Engine
import Glibc

/// Writers of CSV as one writes them first, a row and a cell at a time: what the engine's writers are compared with.
enum RowWriter: String, CaseIterable {
    /// Swift's own shortest text of a double.
    case description = "Double.description"
    /// The C library's, with as many digits as always read back.
    case snprintf = "snprintf %.17g"

    func write(_ batch: RecordBatch, into bytes: inout [UInt8]) {
        for row in 0..<batch.rowCount {
            for (index, column) in batch.columns.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                switch column.scalar(at: row) {
                case .timestamp(let time): CivilTime.appendText(time, to: &bytes)
                case .text(let text): bytes.append(contentsOf: text.utf8)
                case .float64(let number): append(number, to: &bytes)
                case .null, .boolean, .int64: break
                }
            }
            bytes.append(UInt8(ascii: "\n"))
        }
    }

    private func append(_ number: Double, to bytes: inout [UInt8]) {
        switch self {
        case .description:
            bytes.append(contentsOf: number.description.utf8)
        case .snprintf:
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: 40) { text in
                let count = withVaList([number]) { vsnprintf(text.baseAddress, text.count, "%.17g", $0) }
                text.prefix(Int(count)).withMemoryRebound(to: UInt8.self) { bytes.append(contentsOf: $0) }
            }
        }
    }
}
