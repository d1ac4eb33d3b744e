import Market
import Testing

@testable import Ingest

/// The venue's recipe, rule by rule: what is fed, and what comes of it.
@Suite struct BookSynchronizerTests {
    enum Step {
        case begin
        case end
        case depth(Int64, Int64, BookSynchronizer.DepthVerdict)
        case snapshot(Int64, BookSynchronizer.SnapshotVerdict)
    }

    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var steps: [Step]
        var updateID: Int64

        init(_ name: String, updateID: Int64, _ steps: [Step]) {
            testDescription = name
            self.steps = steps
            self.updateID = updateID
        }
    }

    static let cases = [
        Case("nothing before a stream", updateID: 0, [.depth(1, 2, .outOfDate), .snapshot(5, .unrequested)]),
        Case(
            "events are buffered until the snapshot",
            updateID: 6,
            [
                .begin, .depth(1, 2, .buffered), .depth(3, 4, .buffered), .depth(5, 6, .buffered),
                .snapshot(4, .splice(from: 2)),
            ]
        ),
        Case(
            "an event that spans the snapshot is the first applied",
            updateID: 9,
            [
                .begin, .depth(1, 4, .buffered), .depth(5, 9, .buffered), .snapshot(6, .splice(from: 1)),
            ]
        ),
        Case(
            "all buffered events may be older",
            updateID: 9,
            [
                .begin, .depth(1, 4, .buffered), .snapshot(9, .splice(from: 1)),
            ]
        ),
        Case(
            "a snapshot older than the buffer is fetched again",
            updateID: 20,
            [
                .begin, .depth(10, 20, .buffered), .snapshot(9, .tooOld), .snapshot(3, .tooOld),
                .snapshot(10, .splice(from: 0)),
            ]
        ),
        Case("a snapshot without buffered events is taken", updateID: 7, [.begin, .snapshot(7, .splice(from: 0))]),
        Case(
            "the first event after an unbuffered snapshot must reach it",
            updateID: 7,
            [
                .begin, .snapshot(7, .splice(from: 0)), .depth(9, 10, .gap),
            ]
        ),
        Case(
            "the first event after an unbuffered snapshot may span it",
            updateID: 10,
            [
                .begin, .snapshot(7, .splice(from: 0)), .depth(3, 6, .outOfDate), .depth(5, 10, .apply),
            ]
        ),
        Case(
            "live: the next id applies",
            updateID: 12,
            [
                .begin, .snapshot(7, .splice(from: 0)), .depth(8, 9, .apply), .depth(10, 12, .apply),
            ]
        ),
        Case(
            "live: an older event is ignored",
            updateID: 9,
            [
                .begin, .snapshot(7, .splice(from: 0)), .depth(8, 9, .apply), .depth(8, 8, .outOfDate),
                .depth(8, 9, .outOfDate),
            ]
        ),
        Case(
            "live: an overlapping event applies",
            updateID: 11,
            [
                .begin, .snapshot(7, .splice(from: 0)), .depth(8, 9, .apply), .depth(9, 11, .apply),
            ]
        ),
        Case(
            "live: a missing id is a gap, and the event waits",
            updateID: 12,
            [
                .begin, .snapshot(7, .splice(from: 0)), .depth(9, 10, .gap), .depth(11, 12, .buffered),
                .snapshot(8, .tooOld),
                .snapshot(10, .splice(from: 1)),
            ]
        ),
        Case(
            "a gap while buffering gives up what is before it",
            updateID: 22,
            [
                .begin, .depth(1, 2, .buffered), .depth(5, 6, .bufferRestarted), .snapshot(3, .tooOld),
                .depth(7, 22, .buffered), .snapshot(6, .splice(from: 1)),
            ]
        ),
        Case(
            "a repeated event is buffered once",
            updateID: 4,
            [
                .begin, .depth(1, 2, .buffered), .depth(1, 2, .outOfDate), .depth(3, 4, .buffered),
                .snapshot(2, .splice(from: 1)),
            ]
        ),
        Case(
            "a second snapshot is not needed",
            updateID: 8,
            [
                .begin, .snapshot(7, .splice(from: 0)), .snapshot(100, .unrequested), .depth(8, 8, .apply),
            ]
        ),
        Case(
            "a new stream begins anew",
            updateID: 31,
            [
                .begin, .snapshot(7, .splice(from: 0)), .depth(8, 8, .apply), .end, .depth(9, 9, .outOfDate),
                .snapshot(9, .unrequested), .begin, .depth(30, 31, .buffered), .snapshot(30, .splice(from: 0)),
            ]
        ),
    ]

    @Test(arguments: cases)
    func theRecipeIsFollowed(_ example: Case) {
        var book = BookSynchronizer()
        for (number, step) in example.steps.enumerated() {
            switch step {
            case .begin: book.begin()
            case .end: book.end()
            case .depth(let first, let last, let expected):
                let update = DepthUpdate(first: first, last: last, time: 0, receiveTime: 0)
                #expect(book.depth(update, changes: []) == expected, "step \(number)")
            case .snapshot(let id, let expected):
                let verdict = book.snapshot(lastUpdateID: id)
                #expect(verdict == expected, "step \(number)")
                if case .splice = verdict { book.spliced() }
            }
        }
        #expect(book.updateID == example.updateID)
    }

    @Test func theBufferIsBounded() {
        var book = BookSynchronizer()
        book.begin()
        for id in 1...Int64(DepthBuffer.updatesMax) {
            #expect(book.depth(DepthUpdate(first: id, last: id, time: 0, receiveTime: 0), changes: []) == .buffered)
        }
        let next = Int64(DepthBuffer.updatesMax) + 1
        let update = DepthUpdate(first: next, last: next, time: 0, receiveTime: 0)
        #expect(book.depth(update, changes: []) == .bufferRestarted)
        #expect(book.buffer.updates.count == 1)
        #expect(book.snapshot(lastUpdateID: next - 1) == .tooOld)

        let many = Array(repeating: LevelChange(side: .bid, price: 1, size: 1), count: DepthBuffer.changesMax / 2 + 1)
        book.begin()
        #expect(book.depth(DepthUpdate(first: 1, last: 1, time: 0, receiveTime: 0), changes: many) == .buffered)
        #expect(book.depth(DepthUpdate(first: 2, last: 2, time: 0, receiveTime: 0), changes: many) == .bufferRestarted)
        #expect(book.buffer.changes.count == many.count)
    }

    /// Against a model that keeps everything: a live book is always all updates up to its id, none missing.
    @Test(arguments: 0..<100 as Range<UInt64>)
    func aLiveBookNeverMissesAnUpdate(seed: UInt64) {
        var random = TestRandom(seed: seed)
        var book = BookSynchronizer()
        book.begin()
        var id: Int64 = 100
        var applied: Int64?  // every id up to this is in the book
        for _ in 0..<500 {
            switch Int.random(in: 0..<12, using: &random) {
            case 0:
                if case .splice(let first) = book.snapshot(lastUpdateID: id - Int64.random(in: 0..<6, using: &random)) {
                    let updates = book.buffer.updates.map(\.update)
                    var reached = book.updateID
                    if let kept = updates[first...].first {
                        reached = kept.first - 1
                        for update in updates[first...] {
                            #expect(update.first <= reached + 1 && update.last > reached)
                            reached = update.last
                        }
                    }
                    #expect(reached == book.updateID)
                    applied = reached
                    book.spliced()
                }
            case 1: id += Int64.random(in: 1..<4, using: &random)  // lost on the way
            case 2:
                book.begin()
                applied = nil
            default:
                let overlap = Int64.random(in: 0..<8, using: &random) == 0 ? Int64(2) : 0
                let last = id + Int64.random(in: 1..<5, using: &random)
                let update = DepthUpdate(first: id + 1 - overlap, last: last, time: 0, receiveTime: 0)
                id = last
                switch book.depth(update, changes: []) {
                case .apply:
                    #expect(update.first <= (applied ?? .min) + 1)
                    applied = last
                case .gap:
                    #expect(update.first > (applied ?? .max - 1) + 1)
                    applied = nil
                default: break
                }
            }
            if book.phase == .live { #expect(applied == book.updateID) }
        }
    }
}
