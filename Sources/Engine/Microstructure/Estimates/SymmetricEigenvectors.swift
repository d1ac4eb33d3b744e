/// The eigenvectors of a small symmetric matrix, by Jacobi's rotations: exact to rounding, and always the same for the same
/// matrix.
enum SymmetricEigenvectors {
    /// Far more rounds than any matrix of a few rows takes: each round squares what is left beside the diagonal.
    private static let roundsMax = 64
    /// Below half a unit in the last place of the diagonal.
    private static let negligible = 1e-16

    /// The eigenvector of the largest eigenvalue, of length 1, and that eigenvalue; nil of a matrix that has numbers that
    /// are none, or no rows. Of equal eigenvalues the first counts.
    static func principal(of matrix: [[Double]]) -> (value: Double, vector: [Double])? {
        let count = matrix.count
        guard count > 0, matrix.allSatisfy({ $0.count == count && $0.allSatisfy(\.isFinite) }) else { return nil }
        var a = matrix
        var vectors = (0..<count).map { row in (0..<count).map { $0 == row ? 1.0 : 0.0 } }
        for _ in 0..<roundsMax {
            var isDiagonal = true
            for p in 0..<count {
                for q in p + 1..<max(count, p + 1) where rotate(&a, &vectors, p, q) { isDiagonal = false }
            }
            if isDiagonal { break }
        }
        var best = 0
        for index in 1..<max(count, 1) where a[index][index] > a[best][best] { best = index }
        return (a[best][best], vectors.map { $0[best] })
    }

    /// Makes the element beside the diagonal 0; false if it is already, but for rounding.
    private static func rotate(_ a: inout [[Double]], _ vectors: inout [[Double]], _ p: Int, _ q: Int) -> Bool {
        let off = a[p][q]
        guard off != 0, off.magnitude > negligible * a[p][p].magnitude.squareRoot() * a[q][q].magnitude.squareRoot()
        else {
            return false
        }
        let theta = (a[q][q] - a[p][p]) / (2 * off)
        let t = (theta < 0 ? -1 : 1) / (theta.magnitude + (theta * theta + 1).squareRoot())
        let c = 1 / (t * t + 1).squareRoot()
        let s = t * c
        for k in a.indices {
            (a[k][p], a[k][q]) = (c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q])
        }
        for k in a.indices {
            (a[p][k], a[q][k]) = (c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k])
        }
        // What rounding leaves of it would come back.
        (a[p][q], a[q][p]) = (0, 0)
        for k in vectors.indices {
            (vectors[k][p], vectors[k][q]) = (
                c * vectors[k][p] - s * vectors[k][q], s * vectors[k][p] + c * vectors[k][q]
            )
        }
        return true
    }
}
