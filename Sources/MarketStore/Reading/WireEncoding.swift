import Columnar

/// From vectors to the bytes of a column, as clients read them.
enum WireEncoding {
    /// Writes the values of a vector of a bucket's table as little-endian values of a type, and says how many bytes that were.
    ///
    /// A null, which only statements can write into such a table, is NaN, 0 or the empty text. A number beyond the type is
    /// the nearest one that it has.
    ///
    /// - Parameter target: room for `vector.count` values.
    static func write(_ vector: Vector, as type: WireType, to target: UnsafeMutableRawPointer) {
        switch type {
        case .float32: floats(target, vector)
        case .float64: fill(target, vector, Double.self)
        case .int8: fill(target, vector, Int8.self)
        case .int16: fill(target, vector, Int16.self)
        case .int32: fill(target, vector, Int32.self)
        case .int64, .uint64: fill(target, vector, Int64.self)
        case .uint8: fill(target, vector, UInt8.self)
        case .uint16: fill(target, vector, UInt16.self)
        case .uint32: fill(target, vector, UInt32.self)
        case .string16: texts(target, vector)
        }
    }

    /// Splits times into whole seconds since the epoch, and the nanoseconds that are left, if those are asked for.
    static func write(
        times: Vector,
        seconds: UnsafeMutableRawPointer,
        nanoseconds: UnsafeMutableRawPointer?
    ) {
        switch times.form {
        case .int64(let values):
            values.withUnsafeBufferPointer { values in
                for row in values.indices { store(values[row], row, seconds, nanoseconds) }
            }
        case .sequence(let start, let step, let count):
            for row in 0..<count { store(start &+ Int64(row) &* step, row, seconds, nanoseconds) }
        case .constant(let value, let count):
            for row in 0..<count { store(value.integer, row, seconds, nanoseconds) }
        case .boolean, .float64, .scaledInteger, .dictionary, .text:
            for row in 0..<times.count { store(times.scalar(at: row).integer, row, seconds, nanoseconds) }
        }
    }

    @inline(__always)
    private static func store(
        _ time: Int64,
        _ row: Int,
        _ seconds: UnsafeMutableRawPointer,
        _ nanoseconds: UnsafeMutableRawPointer?
    ) {
        let whole = floorDivide(time, CivilTime.second)
        seconds.storeBytes(of: whole, toByteOffset: row &* 8, as: Int64.self)
        guard let nanoseconds else { return }
        let rest = Int32(truncatingIfNeeded: time &- whole &* CivilTime.second)
        nanoseconds.storeBytes(of: rest, toByteOffset: row &* 4, as: Int32.self)
    }

    // MARK: Numbers

    /// Floats; from doubles by a loop of its own, which the compiler turns into vectors.
    private static func floats(_ target: UnsafeMutableRawPointer, _ vector: Vector) {
        guard case .float64(let values) = vector.form, Int(bitPattern: target) % MemoryLayout<Float>.alignment == 0
        else { return fill(target, vector, Float.self) }
        let floats = target.bindMemory(to: Float.self, capacity: values.count)
        let source = values.base
        for row in 0..<values.count { floats[row] = Float(source[row]) }
        withExtendedLifetime(values) {}
        clearNulls(target, vector, Float.null)
    }

    /// A type per instantiation and no closure per value: a year of minutes is three million values.
    private static func fill<Value: WireNumber>(
        _ target: UnsafeMutableRawPointer,
        _ vector: Vector,
        _ type: Value.Type
    ) {
        let size = MemoryLayout<Value>.size
        switch vector.form {
        case .float64(let values) where Value.isFloating:
            values.withUnsafeBufferPointer { values in
                for row in values.indices {
                    target.storeBytes(of: Value(wire: values[row]), toByteOffset: row &* size, as: Value.self)
                }
            }
        case .scaledInteger(let values, let scale) where Value.isFloating:
            values.withUnsafeBufferPointer { values in
                for row in values.indices {
                    let value = Value(wire: ScaledInteger.double(values[row], scale: scale))
                    target.storeBytes(of: value, toByteOffset: row &* size, as: Value.self)
                }
            }
        case .int64(let values) where !Value.isFloating:
            values.withUnsafeBufferPointer { values in
                for row in values.indices {
                    target.storeBytes(of: Value(wire: values[row]), toByteOffset: row &* size, as: Value.self)
                }
            }
        case .sequence(let start, let step, let count) where !Value.isFloating:
            for row in 0..<count {
                let value = Value(wire: start &+ Int64(row) &* step)
                target.storeBytes(of: value, toByteOffset: row &* size, as: Value.self)
            }
        case .constant(let value, let count):
            let value = value.isNull ? Value.null : Self.value(value)
            for row in 0..<count { target.storeBytes(of: value, toByteOffset: row &* size, as: Value.self) }
        case .boolean, .int64, .float64, .scaledInteger, .sequence, .dictionary, .text:
            for row in 0..<vector.count {
                let value: Value = Self.value(vector.scalar(at: row))
                target.storeBytes(of: value, toByteOffset: row &* size, as: Value.self)
            }
        }
        clearNulls(target, vector, Value.null)
    }

    /// What any value is as a number of a type.
    private static func value<Value: WireNumber>(_ scalar: Scalar) -> Value {
        Value.isFloating ? Value(wire: scalar.double) : Value(wire: scalar.integer)
    }

    private static func clearNulls<Value: BitwiseCopyable>(
        _ target: UnsafeMutableRawPointer,
        _ vector: Vector,
        _ null: Value
    ) {
        guard let validity = vector.validity else { return }
        for row in 0..<vector.count where !validity[row] {
            target.storeBytes(of: null, toByteOffset: row &* MemoryLayout<Value>.size, as: Value.self)
        }
    }

    // MARK: Text

    private static func texts(_ target: UnsafeMutableRawPointer, _ vector: Vector) {
        let size = WireType.string16.size
        target.initializeMemory(as: UInt8.self, repeating: 0, count: vector.count * size)
        if case .text(let offsets, let bytes) = vector.form {
            bytes.withUnsafeBufferPointer { bytes in
                for row in 0..<vector.count where vector.validity.map({ $0[row] }) ?? true {
                    let text = UnsafeBufferPointer(rebasing: bytes[Int(offsets[row])..<Int(offsets[row + 1])])
                    put(text, to: target + row * size)
                }
            }
            return
        }
        for row in 0..<vector.count {
            guard case .text(var text) = vector.scalar(at: row) else { continue }
            text.withUTF8 { put($0, to: target + row * size) }
        }
    }

    /// The first 16 code points of a text.
    private static func put(_ text: UnsafeBufferPointer<UInt8>, to target: UnsafeMutableRawPointer) {
        var place = 0
        if text.allSatisfy({ $0 < 0x80 }) {
            for byte in text.prefix(16) {
                target.storeBytes(of: UInt32(byte).littleEndian, toByteOffset: place, as: UInt32.self)
                place += 4
            }
            return
        }
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars.prefix(16) {
            target.storeBytes(of: scalar.value.littleEndian, toByteOffset: place, as: UInt32.self)
            place += 4
        }
    }
}

/// A number as clients read it.
private protocol WireNumber: BitwiseCopyable {
    /// Whether it is made of doubles, and not of integers.
    static var isFloating: Bool { get }
    /// What stands for null.
    static var null: Self { get }
    /// The nearest number to a double; only if ``isFloating``.
    init(wire value: Double)
    /// The nearest number to an integer; only if not ``isFloating``.
    init(wire value: Int64)
}

extension WireNumber where Self: BinaryFloatingPoint {
    static var isFloating: Bool { true }
    static var null: Self { .nan }
    @inline(__always)
    init(wire value: Int64) { self.init(value) }
}

extension Float: WireNumber {
    @inline(__always)
    fileprivate init(wire value: Double) { self.init(value) }
}

extension Double: WireNumber {
    @inline(__always)
    fileprivate init(wire value: Double) { self = value }
}

extension WireNumber where Self: FixedWidthInteger {
    static var isFloating: Bool { false }
    static var null: Self { 0 }
    @inline(__always)
    init(wire value: Int64) { self.init(clamping: value) }
    @inline(__always)
    init(wire value: Double) { self = 0 }
}

extension Int8: WireNumber {}
extension Int16: WireNumber {}
extension Int32: WireNumber {}
extension Int64: WireNumber {}
extension UInt8: WireNumber {}
extension UInt16: WireNumber {}
extension UInt32: WireNumber {}

extension Scalar {
    /// As a whole number; 0 for what is none.
    fileprivate var integer: Int64 {
        switch self {
        case .int64(let value), .timestamp(let value): value
        case .float64(let value): Int64(exactly: value.rounded(.towardZero)) ?? 0
        case .boolean(let value): value ? 1 : 0
        case .null, .text: 0
        }
    }

    /// As a double; NaN for what is none.
    fileprivate var double: Double {
        switch self {
        case .float64(let value): value
        case .int64(let value), .timestamp(let value): Double(value)
        case .boolean(let value): value ? 1 : 0
        case .null, .text: .nan
        }
    }
}
