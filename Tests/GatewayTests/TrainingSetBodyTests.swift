import Engine
import NIOCore
import Testing
import Wire

@testable import Gateway

/// The bodies that ask for a training set.
@Suite struct TrainingSetBodyTests {
    private func query(
        _ body: String,
        type: String? = "application/json",
        target: String = "/v1/training-set"
    ) throws -> QueryRequest {
        var fields: HTTPFields = [:]
        if let type { fields["Content-Type"] = type }
        let bytes = ByteBuffer(string: body)
        var id: QueryID?
        return try TrainingSetBody.query(
            #require(HTTPRequest(method: .post, target: target, fields: fields, body: bytes)),
            &id
        )
    }

    @Test func moreLabelsThanThereMayBeAreRefusedBeforeTheyAreFilled() throws {
        func labels(_ count: Int) -> String {
            let rows = (0..<count).map { #"{"symbol":"A","time":"2024","l\#($0)":1}"# }
            return #"{"features":["micro"],"entities":[\#(rows.joined(separator: ","))]}"#
        }
        let set = try #require(try query(labels(1_000)).trainingSet)
        #expect(set.labels.count == 1_000 && set.labels.allSatisfy { $0.values.count == 1_000 })
        #expect(refusal(labels(1_001))?.detail == "more than 1000 labels")
        // Few labels of very many entities, nearly all of them missing.
        let names = (0..<500).map { "\"l\($0)\":1" }.joined(separator: ",")
        let many = "{\(names)}" + String(repeating: ",{}", count: 40_000)
        #expect(refusal(#"{"features":["micro"],"entities":[\#(many)]}"#)?.detail.contains("missing") == true)
    }

    @Test(arguments: ["application/json", "application/x-www-form-urlencoded"])
    func theNameOfTheQueryIsThatOfTheBody(type: String) throws {
        let body = ByteBuffer(string: #"{"query_id":"mine-1","features":7}"#)
        let fields: HTTPFields = ["Content-Type": type]
        let request = try #require(
            HTTPRequest(method: .post, target: "/v1/training-set", fields: fields, body: body)
        )
        var id: QueryID?
        #expect(throws: ProblemError.self) { try TrainingSetBody.query(request, &id) }
        #expect(id == QueryID("mine-1"))
    }

    private func refusal(_ body: String, target: String = "/v1/training-set") -> Problem? {
        do {
            _ = try query(body, target: target)
            return nil
        } catch {
            return (error as? ProblemError)?.problem
        }
    }

    private func entity(time: String) -> String {
        #"{"features":"micro","entities":[{"symbol":"A","time":\#(time)}]}"#
    }

    @Test(arguments: [
        ("1723161600", "seconds"), ("1723161600123", "milliseconds"), ("1723161600123456", "microseconds"),
        (#""1723161600123""#, "milliseconds"), (#""20240808""#, "seconds"), ("-1723161600123", "milliseconds"),
    ])
    func aTimeInAnotherUnitIsRefusedRatherThanTakenForOneOf1970(time: String, unit: String) {
        let problem = refusal(entity(time: time))
        #expect(problem?.hint?.contains(unit) == true)
        #expect(problem?.detail.contains("entity 0") == true)
    }

    @Test(arguments: [
        ("1723161600123456789", 1_723_161_600_123_456_789), (#""1723161600123456789""#, 1_723_161_600_123_456_789),
        (#""2024-08-09T00:00:00Z""#, 1_723_161_600_000_000_000),
        (#""2024-08-09T09:00:00+09:00""#, 1_723_161_600_000_000_000), (#""2024""#, 1_704_067_200_000_000_000),
    ])
    func aTimeIsTextOrNanoseconds(time: String, expected: Int64) throws {
        #expect(try query(entity(time: time)).trainingSet?.times == [expected])
    }

    @Test(arguments: [("null", "null"), ("1.5", "1.5"), (#""yesterday""#, "'yesterday'"), ("true", "entity 0")])
    func whatIsNoTimeIsShown(time: String, shown: String) {
        #expect(refusal(entity(time: time))?.detail.contains(shown) == true)
    }

    @Test(arguments: [
        (#""statuses":"no""#, "true or false"), (#""format":7"#, "\"format\""), (#""features":7"#, "\"features\""),
        (#""featurs":["micro"]"#, "featurs"),
    ])
    func aMemberOfAnotherTypeOrNameIsRefused(member: String, detail: String) {
        let body = #"{"entities":{"symbol":["A"],"time":["2024-08-09"]},\#(member)}"#
        #expect(refusal(body)?.detail.contains(detail) == true)
    }

    @Test func aMisspeltParameterIsRefusedWithTheNearestName() {
        let problem = refusal(entity(time: #""2024-08-09""#), target: "/v1/training-set?fromat=csv")
        #expect(problem?.hint == "did you mean 'format'?")
    }

    @Test func columnsOfDifferentLengthsAreNamed() {
        let problem = refusal(#"{"features":"micro","entities":{"symbol":["A","B"],"time":["2024-08-09"]}}"#)
        #expect(problem?.detail.contains("symbol has 2 values, time has 1") == true)
    }

    @Test func noEntitiesAreAnEmptySetInEitherForm() throws {
        for entities in ["[]", #"{"symbol":[],"time":[]}"#] {
            #expect(try query(#"{"features":"micro","entities":\#(entities)}"#).trainingSet?.symbols == [])
        }
    }

    @Test func aTableMayBeginWithTheMarkOfItsEncodingAndJSONCarryTheTypeOfAForm() throws {
        let table = "\u{FEFF}symbol,time,label\r\nA,2024-08-09,1\r\n"
        let set = try query(table, type: "text/csv", target: "/v1/training-set?features=micro").trainingSet
        #expect(set?.symbols == ["A"])
        #expect(set?.labels.map(\.name) == ["label"])
        let body = entity(time: #""2024-08-09""#)
        for type in ["application/x-www-form-urlencoded", nil] {
            #expect(try query(body, type: type).trainingSet?.features == ["micro"])
        }
    }
}
