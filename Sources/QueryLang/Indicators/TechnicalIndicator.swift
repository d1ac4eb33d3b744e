/// The technical indicators, by the names that queries give them: those of TA-Lib in small letters, but for words that
/// mean an aggregate, which have `ta_` before them. docs/functions/indicators.md has the formulas.
public enum TechnicalIndicator: String, Sendable, Hashable, CaseIterable {
    // Averages and bands
    case ma
    case rma
    case wma
    case dema
    case tema
    case trima
    case kama
    case mama
    case t3
    case hma
    case zlema
    case vidya
    case mavp
    case vwma
    case midpoint
    case midprice
    case bbands
    case accbands
    case donchian
    case kc
    case ichimoku
    case supertrend
    case sar
    case sarext
    case vwapBands = "vwap_bands"
    case htTrendline = "ht_trendline"
    // Momentum
    case mom
    case roc
    case rocp
    case rocr
    case rocr100
    case rsi
    case cmo
    case cmou
    case imi
    case stoch
    case stochf
    case stochrsi
    case kdj
    case smi
    case willr
    case cci
    case mfi
    case ultosc
    case bop
    case apo
    case ppo
    case macd
    case macdext
    case macdfix
    case trix
    case tsi
    case adx
    case adxr
    case dx
    case plusDi = "plus_di"
    case minusDi = "minus_di"
    case plusDm = "plus_dm"
    case minusDm = "minus_dm"
    case aroon
    case aroonosc
    case vortex
    case er
    case vhf
    case eri
    case ao
    case ac
    case coppock
    case dpo
    case fosc
    case qstick
    case fractal
    case psl
    // Volume
    case ad
    case adosc
    case obv
    case wad
    case cmf
    case efi
    case marketfi
    case nvi
    case pvi
    case pvo
    case pvt
    case rvol
    case kvo
    // Volatility
    case atr
    case natr
    case trange
    case adr
    case cvi
    case massi
    case rvi
    case vr
    // Cycles
    case htDcperiod = "ht_dcperiod"
    case htDcphase = "ht_dcphase"
    case htPhasor = "ht_phasor"
    case htSine = "ht_sine"
    case htTrendmode = "ht_trendmode"
    // Prices
    case avgprice
    case medprice
    case typprice
    case wclprice
    case ha
    // Statistics
    case beta = "ta_beta"
    case correl = "ta_correl"
    case stddev = "ta_stddev"
    case variance = "ta_var"
    case avgdev = "ta_avgdev"
    case percentile = "ta_percentile"
    case percentrank = "ta_percentrank"
    case linearreg
    case linearregAngle = "linearreg_angle"
    case linearregIntercept = "linearreg_intercept"
    case linearregSlope = "linearreg_slope"
    case tsf
}
