/// What buyers and sellers took: exact for decimals.
struct TakerVolumes: Sendable, Hashable {
    private(set) var count: Int64 = 0
    private(set) var signed = DecimalSum()
    private(set) var total = DecimalSum()

    init() {}

    /// Takes rows in which both side and size have a value.
    mutating func add(_ arguments: borrowing FoldArguments, _ rows: Range<Int>) {
        forEach(arguments, rows) { volumes, sign, mantissa, scale in
            volumes.count &+= 1
            volumes.signed.add(Int128(sign) &* Int128(mantissa), scale: scale)
            volumes.total.add(mantissa, scale: scale)
        } double: { volumes, sign, size in
            volumes.count &+= 1
            volumes.signed.add(sign * size)
            volumes.total.add(size)
        }
    }

    /// Takes rows out.
    mutating func subtract(_ arguments: borrowing FoldArguments, _ rows: Range<Int>) {
        forEach(arguments, rows) { volumes, sign, mantissa, scale in
            volumes.count &-= 1
            volumes.signed.subtract(Int128(sign) &* Int128(mantissa), scale: scale)
            volumes.total.subtract(Int128(mantissa), scale: scale)
        } double: { volumes, sign, size in
            volumes.count &-= 1
            volumes.signed.subtract(sign * size)
            volumes.total.subtract(size)
        }
        if count == 0 { self = TakerVolumes() }
    }

    @inline(__always)
    private mutating func forEach(
        _ arguments: borrowing FoldArguments,
        _ rows: Range<Int>,
        decimal: (inout TakerVolumes, Int64, Int64, Int) -> Void,
        double: (inout TakerVolumes, Double, Double) -> Void
    ) {
        guard let side = arguments.firstVector, let size = arguments.second, !size.isNull else { return }
        let sides = TakerSides(side)
        for row in rows where size.isValid(row) {
            let sign = sides[row]
            guard sign != 0 else { continue }
            if let (mantissa, scale) = size.mantissa(row) {
                decimal(&self, Int64(sign), mantissa, scale)
            } else {
                double(&self, Double(sign), size.double(row))
            }
        }
    }

    var isResummationDue: Bool { signed.isResummationDue || total.isResummationDue }

    mutating func merge(_ other: TakerVolumes) {
        count &+= other.count
        signed.merge(other.signed)
        total.merge(other.total)
    }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        signed.encode(into: &writer)
        total.encode(into: &writer)
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        signed = try DecimalSum(from: &reader)
        total = try DecimalSum(from: &reader)
    }
}
