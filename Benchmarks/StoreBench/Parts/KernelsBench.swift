import CKernels

extension Bench {
    /// What the store's C kernels do on data in the cache.
    func measureKernels() throws {
        let bytes = [UInt8](repeating: 0x5a, count: 16_384)
        let rounds = sizes.isSmoke ? 1_000 : 100_000
        var crc: UInt32 = 0
        let elapsed = seconds {
            for _ in 0..<rounds { crc = tickgate_crc32c(crc, bytes, bytes.count) }
        }
        let rate = Double(rounds * bytes.count) / elapsed / 1e9
        let limit = limits.copy(1, used: rate)
        report.add("CRC-32C of 16 KiB in cache", rate, "GB/s", limit: limit, check: checksum(UInt64(crc)))
        try measureUnpacking()
    }
}
