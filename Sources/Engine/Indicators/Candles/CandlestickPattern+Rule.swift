import QueryLang

extension CandlestickPattern {
    /// When the pattern is there. `hikkake` and its modified form wait for a confirmation: see ``Hikkake``.
    var rule: CandlePattern {
        switch self {
        case .twoCrows: CandleTriples.twoCrows
        case .threeBlackCrows: CandleGroups.threeBlackCrows
        case .threeInside: CandleTriples.threeInside
        case .threeLineStrike: CandleGroups.threeLineStrike
        case .threeOutside: CandleTriples.threeOutside
        case .threeStarsInSouth: CandleTriples.threeStarsInSouth
        case .threeWhiteSoldiers: CandleTriples.threeWhiteSoldiers
        case .abandonedBaby: CandleStars.abandonedBaby
        case .advanceBlock: CandleTriples.advanceBlock
        case .beltHold: SingleCandles.beltHold
        case .breakaway: CandleGroups.breakaway
        case .closingMarubozu: SingleCandles.closingMarubozu
        case .concealingBabySwallow: CandleGroups.concealingBabySwallow
        case .counterattack: CandlePairs.counterattack
        case .darkCloudCover: CandlePairs.darkCloudCover
        case .doji: SingleCandles.doji
        case .dojiStar: CandlePairs.dojiStar
        case .dragonflyDoji: SingleCandles.dragonflyDoji
        case .engulfing: CandlePairs.engulfing
        case .eveningDojiStar: CandleStars.eveningDojiStar
        case .eveningStar: CandleStars.eveningStar
        case .gapSideBySideWhite: CandleContinuations.gapSideBySideWhite
        case .gravestoneDoji: SingleCandles.gravestoneDoji
        case .hammer: CandlePairs.hammer
        case .hangingMan: CandlePairs.hangingMan
        case .harami: CandlePairs.harami
        case .haramiCross: CandlePairs.haramiCross
        case .highWave: SingleCandles.highWave
        case .homingPigeon: CandlePairs.homingPigeon
        case .identicalThreeCrows: CandleTriples.identicalThreeCrows
        case .inNeck: CandlePairs.inNeck
        case .invertedHammer: CandlePairs.invertedHammer
        case .kicking: CandlePairs.kicking
        case .kickingByLength: CandlePairs.kickingByLength
        case .ladderBottom: CandleGroups.ladderBottom
        case .longLeggedDoji: SingleCandles.longLeggedDoji
        case .longLine: SingleCandles.longLine
        case .marubozu: SingleCandles.marubozu
        case .matchingLow: CandlePairs.matchingLow
        case .matHold: CandleGroups.matHold
        case .morningDojiStar: CandleStars.morningDojiStar
        case .morningStar: CandleStars.morningStar
        case .onNeck: CandlePairs.onNeck
        case .piercing: CandlePairs.piercing
        case .rickshawMan: SingleCandles.rickshawMan
        case .threeMethods: CandleGroups.threeMethods
        case .separatingLines: CandlePairs.separatingLines
        case .shootingStar: CandlePairs.shootingStar
        case .shortLine: SingleCandles.shortLine
        case .spinningTop: SingleCandles.spinningTop
        case .stalledPattern: CandleTriples.stalledPattern
        case .stickSandwich: CandleTriples.stickSandwich
        case .takuri: SingleCandles.takuri
        case .tasukiGap: CandleContinuations.tasukiGap
        case .thrusting: CandlePairs.thrusting
        case .tristar: CandleTriples.tristar
        case .uniqueThreeRiver: CandleTriples.uniqueThreeRiver
        case .upsideGapTwoCrows: CandleContinuations.upsideGapTwoCrows
        case .sideGapThreeMethods: CandleContinuations.sideGapThreeMethods
        case .hikkake, .modifiedHikkake: CandlePattern(3, []) { _, _ in 0 }
        }
    }
}
