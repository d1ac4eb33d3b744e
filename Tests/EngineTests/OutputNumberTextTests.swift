import Columnar
import Foundation
import TestSupport
import Testing

@testable import Engine

@Suite("Numbers as text")
struct OutputNumberTextTests {
    private func text(_ value: Double) -> String {
        var bytes: [UInt8] = []
        NumberText.append(value, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func text(_ mantissa: Int64, _ scale: Int) -> String {
        var bytes: [UInt8] = []
        NumberText.append(mantissa: mantissa, scale: scale, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        "are what ECMAScript writes",
        arguments: [
            (0, "0"), (-0.0, "-0"), (1, "1"), (-1.5, "-1.5"), (100, "100"), (61837.63, "61837.63"),
            (0.00000001, "1e-8"), (0.000001, "0.000001"), (0.00000123, "0.00000123"), (1.5e-7, "1.5e-7"),
            (1e21, "1e+21"),
            (123_456_789_012_345_683_968, "123456789012345680000"), (1.25e22, "1.25e+22"),
            (.leastNonzeroMagnitude, "5e-324"),
            (1.7976931348623157e308, "1.7976931348623157e+308"), (9_007_199_254_740_992, "9007199254740992"),
            (0.1 + 0.2, "0.30000000000000004"), (1.0 / 3, "0.3333333333333333"), (204.49112, "204.49112"),
            (.nan, "NaN"), (.infinity, "Infinity"), (-.infinity, "-Infinity"), (1e13, "10000000000000"),
            (12_345_678.12345678, "12345678.12345678"), (1e-7, "1e-7"), (-1e-7, "-1e-7"), (9.99e-7, "9.99e-7"),
            (-0.000001, "-0.000001"), (0.00000101, "0.00000101"), (9_999_999.99999999, "9999999.99999999"),
            (1e7, "10000000"),
            (10_000_000.01, "10000000.01"), (1e15, "1000000000000000"), (1e16, "10000000000000000"),
            (1e20, "100000000000000000000"), (999_999_999_999_999_868_928, "999999999999999900000"),
            (-1.7976931348623157e308, "-1.7976931348623157e+308"),
            (.leastNormalMagnitude, "2.2250738585072014e-308"), (1e23, "1e+23"),
            (0.000012345678901234567, "0.000012345678901234568"), (-0.30000000000000004, "-0.30000000000000004"),
        ] as [(Double, String)]
    )
    func known(value: Double, expected: String) { #expect(text(value) == expected) }

    @Test("read back as the same double, in the fewest digits", arguments: [UInt64](1...8))
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5000 {
            let value: Double
            switch generator.int(0...3) {
            case 0: value = Double(bitPattern: generator.next())
            case 1: value = Double(Int64.random(in: -10_000_000_000...10_000_000_000, using: &generator)) / 100
            case 2:
                value =
                    Double(Int64.random(in: -1_000_000_000_000_000...1_000_000_000_000_000, using: &generator)) / 1e8
            default: value = Double.random(in: -1e5...1e5, using: &generator)
            }
            guard value.isFinite else { continue }
            let written = text(value)
            #expect(Double(written)?.bitPattern == value.bitPattern, "\(value)")
            let digits = written.lowercased().split(separator: "e")[0].filter(\.isNumber)
            let shortest = value.description.lowercased().split(separator: "e")[0].filter(\.isNumber)
            #expect(trimmed(String(digits)) == trimmed(String(shortest)), "\(value)")
            #expect(written.utf8.count <= NumberText.bytesMax)
        }
    }

    /// Digits without zeros at either end.
    private func trimmed(_ digits: String) -> String {
        String(digits.drop { $0 == "0" }.reversed().drop { $0 == "0" }.reversed())
    }

    @Test("of decimals are the text of their nearest double", arguments: [UInt64](1...8))
    func decimalsAgree(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<4000 {
            let bits = generator.int(0...62)
            let mantissa = Int64(bitPattern: generator.next()) >> Int64(bits)
            let scale = generator.int(0...22)
            #expect(
                text(mantissa, scale) == text(ScaledInteger.double(mantissa, scale: scale)),
                "\(mantissa)e-\(scale)"
            )
        }
        #expect(text(0, 8) == "0")
        #expect(text(.min, 0) == "-9223372036854776000")
        #expect(text(6_183_763_000_000, 8) == "61837.63")
    }

    @Test(
        "of integers are all their digits",
        arguments: [
            0, 7, 10, 99, 100, 12345, 99_999_999, 100_000_000, 9_999_999_999_999_999, 10_000_000_000_000_000,
            10_000_000_000_000_001, .max, .min, -1, -100, -1_000_000_000_000_000_000,
        ] as [Int64]
    )
    func integers(value: Int64) {
        var bytes: [UInt8] = []
        NumberText.append(value, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "\(value)")
    }

    @Test("in JSON are null if they are none")
    func jsonHasNoNaN() {
        var bytes: [UInt8] = []
        for value in [1.5, .nan, .infinity] { NumberText.appendJSON(value, to: &bytes) }
        #expect(String(decoding: bytes, as: UTF8.self) == "1.5nullnull")
    }

    @Test("of timestamps are those of CivilTime", arguments: [UInt64](1...4))
    func timestamps(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var writer = TimestampText()
        var out = [UInt8](repeating: 0, count: TimestampText.bytesMax)
        for index in 0..<4000 {
            var time = Int64(bitPattern: generator.next()) >> Int64(generator.int(0...40))
            if index % 3 == 0 { time = time / 1_000_000_000 * 1_000_000_000 }
            if index % 5 == 0 { time = time / 1_000_000 * 1_000_000 }
            if index < 2 { time = index == 0 ? .min : .max }
            let count = out.withUnsafeMutableBufferPointer { writer.write(time, to: $0.baseAddress!) }
            #expect(String(decoding: out[..<count], as: UTF8.self) == CivilTime.text(time))
        }
    }
}
