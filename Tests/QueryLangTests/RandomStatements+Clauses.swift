import QueryLang

extension RandomStatements {
    // MARK: Sources

    mutating func source(_ depth: Int) -> SourceClause {
        let isQuery = depth > 0 && random.oneIn(3)
        let alias = random.oneIn(2) ? name() : nil
        var kind: SourceClause.Kind = isQuery ? .query(select(depth - 1)) : .table(name())
        if random.oneIn(12) {
            let arguments = list(2) { $0.expression(1) }
            kind = .function(FunctionCall(Identifier("long_sequence", span: nowhere), .list(arguments)))
        }
        // Without an alias, and with `*` alone, it is a query of its own.
        if alias != nil, random.oneIn(8) { kind = bareSource(depth) }
        let columns = alias != nil && random.oneIn(3) ? list(2) { $0.name() } : []
        return SourceClause(kind, alias: alias, columns: columns, span: nowhere)
    }

    mutating func join(_ depth: Int) -> JoinClause {
        let tolerance = random.oneIn(2) ? interval() : nil
        let kind: JoinClause.Kind =
            switch Int.random(in: 0..<9, using: &random) {
            case 5: .right
            case 7: .full
            case 8: .splice
            case 6: .cross
            case 0: .inner
            case 1: .left
            case 2: .asof(tolerance: tolerance)
            case 3: .lt(tolerance: tolerance)
            default: .window(frame(.range), includesPrevailing: random.oneIn(2))
            }
        if kind == .cross { return JoinClause(kind, source(depth), on: nil, span: nowhere) }
        let isNeeded = kind == .inner || kind == .left || kind == .right || kind == .full
        return JoinClause(kind, source(depth), on: !isNeeded && random.oneIn(4) ? nil : constraint(), span: nowhere)
    }

    private mutating func constraint() -> JoinClause.Constraint {
        guard random.oneIn(2) else { return .columns(list(3) { $0.name() }) }
        let condition = expression(3)
        // A bare name is short for a list of one.
        if case .column(let column) = condition.kind, column.qualifier == nil { return .columns([column.name]) }
        return .condition(condition)
    }

    // MARK: SAMPLE BY

    mutating func interval(least: UInt64 = 0, allowsCalendar: Bool = false) -> Interval {
        let units = Interval.Unit.allCases.filter { allowsCalendar || $0.nanoseconds != nil }
        return Interval(count: max(least, random.pick([0, 1, 5, 100])), unit: random.pick(units))
    }

    mutating func sample() -> SampleClause {
        let alignment: Sampling.Alignment = random.oneIn(3) ? .firstObservation : .calendar
        var clause = SampleClause(interval(least: 1, allowsCalendar: true), alignment: alignment, span: nowhere)
        if random.oneIn(4) { clause.from = expression(1) }
        if random.oneIn(4) { clause.to = expression(1) }
        if random.oneIn(2) { clause.fills = list(3) { $0.fill() } }
        guard alignment == .calendar else { return clause }
        if random.oneIn(4) {
            clause.timeZone = SampleClause.Text(random.pick(["Europe/Berlin", "it's"]), span: nowhere)
        }
        if random.oneIn(4) { clause.offset = SampleClause.Text("00:30", span: nowhere) }
        return clause
    }

    private mutating func fill() -> SampleClause.Fill {
        let literals: [Literal] = [.integer(7), .decimal(0.5), .string("it's"), .boolean(true)]
        let literal = Expression(.literal(random.pick(literals)), span: nowhere)
        let negated = Expression(.unary(.negate, literal), span: nowhere)
        let kind: SampleClause.Fill.Kind =
            random.pick([.none, .null, .previous, .linear, .constant(literal), .constant(negated)])
        return SampleClause.Fill(kind, span: nowhere)
    }

    // MARK: Calls

    mutating func call(_ depth: Int) -> FunctionCall {
        let arguments: FunctionCall.Arguments =
            switch Int.random(in: 0..<6, using: &random) {
            case 0: .all
            case 1: .distinct(expression(depth))
            case 2: .list([])
            default: .list(list(3) { $0.expression(depth) })
            }
        var call = FunctionCall(name(), arguments, over: random.oneIn(3) ? window(depth) : nil)
        if random.oneIn(4) { call.nulls = random.pick(FunctionCall.NullTreatment.allCases) }
        if random.oneIn(4) { call.filter = expression(depth) }
        return call
    }

    /// What the WINDOW clause can say.
    mutating func namedWindows() -> [NamedWindow] { list(2) { NamedWindow($0.name(), $0.window(2)) } }

    private mutating func window(_ depth: Int) -> WindowClause {
        var clause = WindowClause(span: nowhere)
        if random.oneIn(3) { clause.base = name() }
        if random.oneIn(2) { clause.partition = list(2) { $0.expression(depth) } }
        if random.oneIn(2) {
            clause.order = list(2) {
                OrderItem($0.expression(depth), isDescending: $0.random.oneIn(2), span: $0.nowhere)
            }
        }
        if random.oneIn(2) {
            clause.frame = frame(random.pick(WindowFrame.Unit.allCases))
            if random.oneIn(2) { clause.frame?.exclusion = random.pick(WindowFrame.Exclusion.allCases) }
        }
        return clause
    }

    mutating func frame(_ unit: WindowFrame.Unit) -> FrameClause {
        FrameClause(unit, from: bound(), to: bound(), span: nowhere)
    }

    private mutating func bound() -> FrameClause.Bound {
        let count: UInt64 = random.pick([0, 1, 100, UInt64.max])
        let distance: FrameClause.Distance = random.oneIn(2) ? .rows(count) : .time(interval())
        return switch Int.random(in: 0..<5, using: &random) {
        case 0: .unboundedPreceding
        case 1: .preceding(distance)
        case 2: .currentRow
        case 3: .following(distance)
        default: .unboundedFollowing
        }
    }
}
