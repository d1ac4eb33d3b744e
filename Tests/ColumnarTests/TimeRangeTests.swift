import Columnar
import Testing

@Suite struct TimeRangeTests {
    private static let edges: [Int64] = [.min, .min + 1, -5, -1, 0, 1, 2, 7, .max - 1, .max]

    @Test func emptyRangeHoldsNothingAndAnyOtherHoldsItsStart() {
        for start in Self.edges {
            for end in Self.edges {
                let range = TimeRange(start: start, end: end)
                #expect(range.isEmpty == !Self.edges.contains { range.contains($0) })
                #expect(range.isEmpty || range.contains(start))
            }
        }
    }

    @Test func intersectionHoldsWhatBothHold() {
        for (a, b, c, d) in [(0, 7, 2, 9), (Int64.min, 0, -5, .max), (0, 1, 1, 2), (7, .max, .max, .max)]
            as [(Int64, Int64, Int64, Int64)]
        {
            let (left, right) = (TimeRange(start: a, end: b), TimeRange(start: c, end: d))
            let both = left.intersection(right)
            for time in Self.edges { #expect(both.contains(time) == (left.contains(time) && right.contains(time))) }
            #expect(both == right.intersection(left))
        }
        #expect(TimeRange.all.contains(.max) && TimeRange.all.contains(.min))
    }
}
