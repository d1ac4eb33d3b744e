import Columnar
import QueryLang

extension WindowCall {
    /// The same call with the simplest frame that has the same rows.
    var simplified: WindowCall {
        var call = self
        call.frame = frame.simplified
        return call
    }

    /// The frame that decides which rows the kernel is asked for: functions that look at other rows than ``frame`` says have
    /// one of their own.
    var kernelFrame: WindowFrame {
        func rows(_ start: WindowFrame.Bound, _ end: WindowFrame.Bound) -> WindowFrame {
            WindowFrame(unit: .rows, start: start, end: end)
        }
        func one(_ bound: WindowFrame.Bound) -> WindowFrame { rows(bound, bound) }
        switch function {
        case .aggregate, .firstValue, .lastValue, .nthValue, .nthPresentValue: return frame
        case .rank, .denseRank, .percentRank, .cumulativeDistribution:
            // Without ORDER BY all rows are equal.
            return order.isEmpty ? .whole : WindowFrame(unit: .range, start: .currentRow, end: .currentRow)
        case .presentLag(offset: 0), .presentLead(offset: 0): return one(.currentRow)
        case .cumulativeSum, .presentLag: return rows(.unboundedPreceding, .currentRow)
        case .presentLead: return rows(.currentRow, .unboundedFollowing)
        case .lag(let offset), .difference(let offset): return one(.preceding(Int64(offset)))
        case .lead(let offset): return one(.following(Int64(offset)))
        case .rowNumber, .tile, .simpleMovingAverage, .exponentialMovingAverage, .indicator:
            return one(.currentRow)
        }
    }

    /// Whether values depend on how many rows the partition has.
    var waitsForPartition: Bool {
        switch function {
        case .percentRank, .cumulativeDistribution, .tile: true
        case .aggregate, .rowNumber, .rank, .denseRank, .firstValue, .lastValue, .nthValue, .nthPresentValue, .lag,
            .lead, .presentLag, .presentLead, .difference, .cumulativeSum, .simpleMovingAverage,
            .exponentialMovingAverage, .indicator:
            false
        }
    }

    /// Whether the fold of the aggregate looks at the designated timestamps of rows.
    var needsTimes: Bool {
        switch function {
        case .aggregate(.first), .aggregate(.last): false
        case .aggregate(let function): function.needsTimes && !function.followsRows
        default: false
        }
    }
}
