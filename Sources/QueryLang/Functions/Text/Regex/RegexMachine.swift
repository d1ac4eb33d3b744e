/// Pike's machine: goes through a text once, with every place of the program that could be reached.
///
/// A place is in a list at most once, so that a scalar costs no more than the program is long.
struct RegexMachine {
    private let program: RegexProgram
    private var current: ThreadList
    private var following: ThreadList
    private var open: [Step] = []

    /// Places in the program, in the order of preference, with the places in the text that each has noted.
    private struct ThreadList {
        var places: [Int] = []
        /// Those of the place at the same index.
        var saves: [[Int]] = []
        /// For each place of the program the round in which it was added last.
        var rounds: [UInt64]

        mutating func removeAll() {
            places.removeAll(keepingCapacity: true)
            saves.removeAll(keepingCapacity: true)
        }
    }

    private enum Step {
        case place(Int)
        case restore(index: Int, value: Int)
    }

    private var round: UInt64 = 0
    /// Scalars that ``find(_:from:)`` has looked at.
    private(set) var scanned = 0

    init(_ program: RegexProgram) {
        self.program = program
        let rounds = [UInt64](repeating: 0, count: program.instructions.count)
        current = ThreadList(rounds: rounds)
        following = ThreadList(rounds: rounds)
    }

    /// Whether the program finds anything in a text.
    mutating func matches(_ scalars: String.UnicodeScalarView) -> Bool {
        current.removeAll()
        round += 1
        var saves: [Int] = []
        var before: Unicode.Scalar?
        var iterator = scalars.makeIterator()
        var after = iterator.next()
        while true {
            if before == nil || !program.isAnchored {
                if add(0, &saves, at: 0, before, after) { return true }
            } else if current.places.isEmpty {
                return false
            }
            guard let scalar = after else { return false }
            after = iterator.next()
            round += 1
            following.removeAll()
            for place in current.places {
                guard case .set(let set) = program.instructions[place], program.sets[set].contains(scalar) else {
                    continue
                }
                swap(&current, &following)
                let isFound = add(place + 1, &saves, at: 0, scalar, after)
                swap(&current, &following)
                if isFound { return true }
            }
            swap(&current, &following)
            before = scalar
        }
    }

    /// The places of the first and preferred match from a position on: start and end of the whole, then of each group, -1
    /// where a group took no part.
    mutating func find(_ scalars: [Unicode.Scalar], from start: Int) -> [Int]? {
        current.removeAll()
        round += 1
        var found: [Int]?
        var position = start
        let none = [Int](repeating: -1, count: program.groupCount * 2)
        while position <= scalars.count {
            let before = position > 0 ? scalars[position - 1] : nil
            let after = position < scalars.count ? scalars[position] : nil
            if found == nil, position == 0 || !program.isAnchored {
                var saves = none
                _ = add(0, &saves, at: position, before, after)
            }
            if current.places.isEmpty, found != nil || program.isAnchored { break }
            round += 1
            scanned += 1
            following.removeAll()
            for (index, place) in current.places.enumerated() {
                switch program.instructions[place] {
                case .set(let set):
                    guard let scalar = after, program.sets[set].contains(scalar) else { continue }
                    var saves = current.saves[index]
                    let next = position + 1 < scalars.count ? scalars[position + 1] : nil
                    swap(&current, &following)
                    _ = add(place + 1, &saves, at: position + 1, scalar, next)
                    swap(&current, &following)
                    continue
                case .found: found = current.saves[index]
                default: continue
                }
                // Those after it are less preferred.
                break
            }
            swap(&current, &following)
            position += 1
        }
        return found
    }

    /// Adds a place to the current list, and all that can be reached from it without a scalar. Whether the end is among
    /// them. `saves` is changed and restored; it is empty where nobody asks for places.
    private mutating func add(
        _ place: Int,
        _ saves: inout [Int],
        at position: Int,
        _ before: Unicode.Scalar?,
        _ after: Unicode.Scalar?
    ) -> Bool {
        var isFound = false
        open.append(.place(place))
        while let step = open.popLast() {
            switch step {
            case .restore(let index, let value): saves[index] = value
            case .place(let place):
                guard current.rounds[place] != round else { continue }
                current.rounds[place] = round
                switch program.instructions[place] {
                case .jump(let target): open.append(.place(target))
                case .split(let first, let second):
                    open.append(.place(second))
                    open.append(.place(first))
                case .save(let index):
                    if index < saves.count {
                        open.append(.restore(index: index, value: saves[index]))
                        saves[index] = position
                    }
                    open.append(.place(place + 1))
                case .assertion(let assertion):
                    if assertion.holds(before, after) { open.append(.place(place + 1)) }
                case .found:
                    isFound = true
                    current.places.append(place)
                    current.saves.append(saves)
                case .set:
                    current.places.append(place)
                    current.saves.append(saves)
                }
            }
        }
        return isFound
    }
}
