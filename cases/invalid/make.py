#!/usr/bin/env python3
"""Writes the broken cases beside this file: one folder for each kind of sentence that the reader of a case can say.
Each folder stands on its own (`liankong check cases/invalid/NAME`); its expect.txt is the exact answer, kept by hand:

    python3 cases/invalid/make.py                                       # writes the tables, leaves expect.txt alone
    LIANKONG_WRITE_EXPECT=1 cargo test -p liankong-engine --test suite invalid_cases             # writes expect.txt; read the difference before you commit

Standard library only.
"""

import os

HERE = os.path.dirname(os.path.abspath(__file__))

REGION = '[region]\nid = "broken"\nname_zh = "错例"\nname_en = "Broken case"\n'
MEMBERS = "code,parent,name_zh,name_en\nB10,,甲县,County A\nB11,B10,甲镇,Town A\n"
SQUARE = "[[[1,1],[2,1],[2,2],[1,2],[1,1]]]"
STATIONS = "station_id,member,lon,lat\nP1,B11,1.5,1.5\n"
CHAIN_HEAD = "medium,process,species,product,rate_per_s,rate_low,rate_high,mass_yield\n"
CHAIN = CHAIN_HEAD + "air,convert,SO2,sulfate,3e-6,,,1.5\nwater,loss,TP,,1e-7,,,\n"
REACH_HEAD = "reach_id,to_id,kind,length_m,width_m,depth_m,flow_m3_s,velocity_m_s,volume_m3,share\n"
REACHES = REACH_HEAD + "R1,R2,reach,1000,,,5,0.5,,\nR2,,reach,2000,,,5,0.5,,\n"
SOURCE_HEAD = "source_id,member,medium,kind,sector,structure,lon,lat,height_m,reach_id,distance_m\n"
SOURCES = SOURCE_HEAD + "S1,B11,air,point,power,energy,1.5,1.5,80,,\nW1,B11,water,outfall,sewage works,household,,,,R1,500\n"
EMISSION_HEAD = "source_id,species,emission_t_per_year,start,end\n"
EMISSIONS = EMISSION_HEAD + "S1,SO2,1000,,\nW1,TP,20,,\n"
OBSERVED_HEAD = "station,time,pollutant,averaging,value,unit\n"
WEATHER_HEAD = "time,wind_from,wind_speed_m_s,temperature_c,dew_point_c\n"
SECTION_HEAD = "section_id,reach_id,distance_m,role,member,kind,target_class\n"
MEASURE_HEAD = ("measure_id,source_id,applies_to,structure,sector,pollutant,medium,effect_kg_s,max_share,capex_cny,"
                "opex_cny_per_year,life_years,price_year,group\n")
TARGET_HEAD = "target_id,receptor,medium,pollutant,statistic,start,end,sense,limit,unit\n"
CAMPAIGN_HEAD = "campaign_id,treated,start,end,pollutant,cut_treated,cut_region\n"
EVENT_HEAD = "rule_id,start,end,member,structure,sector,cut,obligation\n"
BAND_HEAD = "band_id,receptors,season,origin,low,high\n"

CHEMISTRY = {"chain.csv": CHAIN, "reaches.csv": REACHES, "sources.csv": SOURCES, "emissions.csv": EMISSIONS}
AIR = {"stations.csv": STATIONS}
RIVER = {"reaches.csv": REACHES}


def collection(*features):
    return '{"type":"FeatureCollection","features":[' + ",".join(features) + "]}\n"


def polygon(code, coordinates=SQUARE):
    return f'{{"type":"Feature","properties":{{"code":"{code}"}},"geometry":{{"type":"Polygon","coordinates":{coordinates}}}}}'


def line(kind):
    return f'{{"type":"Feature","properties":{{"kind":"{kind}"}},"geometry":{{"type":"LineString","coordinates":[[1,1],[2,2]]}}}}'


# name: the files that differ from the sound ones; None takes a file away.
CASES = {
    # region.toml
    "region-missing": {"region.toml": None},
    "region-not-toml": {"region.toml": '[region]\nid = "broken\nname_zh = "错例"\n'},
    "region-not-utf8": {"region.toml": REGION.encode("gbk")},
    "region-key-missing": {"region.toml": '[region]\nid = "broken"\nname_zh = "错例"\n'},
    "region-key-unknown": {"region.toml": REGION + "utc_ofset_hours = 8\n"},
    "region-section-unknown": {"region.toml": REGION + "[rivers]\nspeed = 1\n"},
    "region-section-not-a-table": {"region.toml": "plan = 5\n" + REGION},
    "region-id-is-a-path": {"region.toml": REGION.replace("broken", "../elsewhere")},
    "region-text-without-quotes": {"region.toml": REGION + "quality = 1\n"},
    "region-quality-word": {"region.toml": REGION + 'quality = "excellent"\n'},
    "region-rule-unknown": {"region.toml": REGION + '[rules]\nair = "HJ 633-2026"\n'},
    "region-number-in-quotes": {"region.toml": REGION + '[air]\nhours = "72"\n'},
    "region-number-out-of-range": {"region.toml": REGION + "[air]\nlatitude = 312\n"},
    "region-period-backwards": {"region.toml": REGION + '[period]\nair = ["2016-01-01", "2015-11-15"]\n'},
    "region-period-not-dates": {"region.toml": REGION + '[period]\nwater = ["May 2020", "May 2021"]\n'},
    "region-grid-too-large": {**AIR, "region.toml": REGION + "[air]\ncell_deg = 0.01\n",
                              "stations.csv": STATIONS + "P2,B11,-120.5,1.5\n",
                              "members.geojson": collection(polygon("B11"))},
    # any table
    "table-without-header": {"stations.csv": ""},
    "table-in-gbk": {"stations.csv": "station_id,member,lon,lat,name_zh\nP1,B11,1.5,1.5,甲镇站\n".encode("gbk")},
    "table-column-missing": {"stations.csv": "station_id,member,lon\nP1,B11,1.5\n"},
    "table-column-twice": {"stations.csv": "station_id,member,lon,lat,lon\nP1,B11,1.5,1.5,1.6\n"},
    "table-row-too-long": {"stations.csv": "station_id,member,lon,lat,name_en\nP1,B11,1.5,1.5,Town A, north\n"},
    "table-identifier-twice": {"stations.csv": STATIONS + "P1,B11,1.6,1.6\n"},
    "table-cell-empty": {"stations.csv": STATIONS + ",B11,1.6,1.6\n"},
    "table-number-empty": {"stations.csv": STATIONS + "P2,B11,,1.6\n"},
    "table-number-with-comma": {"stations.csv": STATIONS + 'P2,B11,"1,6",1.6\n'},
    "table-number-out-of-range": {"stations.csv": STATIONS + "P2,B11,1.6,316\n"},
    "table-mark-unknown": {"stations.csv": "station_id,member,lon,lat,mark\nP1,B11,1.5,1.5,guessed\n"},
    "table-several-problems": {"stations.csv": STATIONS + "P1,B99,1.6,north\nP3,,200,1\n"},
    # members and maps
    "members-missing": {"members.csv": None},
    "members-none": {"members.csv": "code,parent,name_zh,name_en\n"},
    "members-code-is-a-name": {"members.csv": MEMBERS + "苏州,B10,苏州,Suzhou\n"},
    "members-own-parent": {"members.csv": MEMBERS + "B12,B12,乙镇,Town B\n"},
    "members-parent-unknown": {"members.csv": MEMBERS + "B12,B20,乙镇,Town B\n"},
    "map-not-json": {"members.geojson": '{"type":"FeatureCollection","features":[\n'},
    "map-not-a-collection": {"members.geojson": polygon("B11") + "\n"},
    "map-not-utf8": {"members.geojson": collection(polygon("甲镇")).encode("gbk")},
    "map-without-code": {"members.geojson": collection(polygon("B11").replace('"code"', '"name"'))},
    "map-member-unknown": {"members.geojson": collection(polygon("B99"))},
    "map-not-a-polygon": {"members.geojson": collection(
        polygon("B11", "[1,1]").replace("Polygon", "Point"))},
    "map-in-metres": {"members.geojson": collection(polygon("B11", SQUARE.replace("2", "250000")))},
    "map-ring-open": {"members.geojson": collection(polygon("B11", "[[[1,1],[2,1],[2,2],[1,2]]]"))},
    "map-polygon-flat": {"members.geojson": collection(polygon("B11", "[[[1,1],[2,1],[3,1],[1,1]]]"))},
    "map-member-twice": {"members.geojson": collection(polygon("B11"), polygon("B11"))},
    "map-line-of-a-border": {"lines.geojson": collection(line("border"))},
    # air
    "station-member-unknown": {"stations.csv": STATIONS + "P2,B99,1.6,1.6\n"},
    "observation-time": {**AIR, "air_observations.csv": OBSERVED_HEAD + "P1,08/12/2015,PM2.5,24h,80,ug/m3\n"},
    "observation-averaging": {**AIR, "air_observations.csv": OBSERVED_HEAD + "P1,2015-12-08,PM2.5,daily,80,ug/m3\n"},
    "observation-pollutant": {**AIR, "air_observations.csv": OBSERVED_HEAD + "P1,2015-12-08,NH3-N,24h,80,ug/m3\n"},
    "observation-unit": {**AIR, "air_observations.csv": OBSERVED_HEAD + "P1,2015-12-08,O3,8h,80,ppb\n"},
    "weather-half-hour": {"weather.csv": WEATHER_HEAD + "2015-12-08T00:30,NE,2,5,0\n"},
    "weather-hour-twice": {"weather.csv": WEATHER_HEAD + "2015-12-08T00:00,NE,2,5,0\n2015-12-08T00:00,NE,3,5,0\n"},
    "weather-direction": {"weather.csv": WEATHER_HEAD + "2015-12-08T00:00,north-east,2,5,0\n"},
    "model-term-twice": {"air_model.csv": "model,term,value\nfootprint,alpha,1\nfootprint,alpha,2\n"},
    "model-range": {"air_model.csv": "model,term,value,low,high\nfootprint,alpha,1,1.2,1.5\n"},
    "climatology-pollutant": {**AIR, "climatology.csv": "station,pollutant,value,unit\nP1,SO2,20,ug/m3\n"},
    "climatology-station-twice": {**AIR, "climatology.csv":
                                  "station,pollutant,value,unit\nP1,PM2.5,50,ug/m3\nP1,PM2.5,60,ug/m3\n"},
    # chemistry and sources
    "chain-product-empty": {"chain.csv": CHAIN_HEAD + "air,convert,SO2,,3e-6,,,1.5\n"},
    "chain-into-itself": {"chain.csv": CHAIN_HEAD + "air,convert,SO2,SO2,3e-6,,,1\n"},
    "chain-rate-empty": {"chain.csv": CHAIN_HEAD + "water,loss,TP,,,,,\n"},
    "chain-rate-outside-its-range": {"chain.csv": CHAIN_HEAD + "water,loss,TP,,5e-6,1e-7,1e-6,\n"},
    "deposition-species-unknown": {"chain.csv": CHAIN, "deposition.csv":
                                   "species,dry_velocity_m_s,washout_per_s_at_1mm_h,washout_exponent\nNH3,0.01,5e-5,0.7\n"},
    "source-kind-of-the-other-medium": {"sources.csv": SOURCE_HEAD + "S1,B11,water,point,dyeing,industry,1.5,1.5,,,\n"},
    "source-area-without-polygon": {"sources.csv": SOURCE_HEAD + "S1,B11,air,area,road,transport,,,,,\n"},
    "source-reach-unknown": {**RIVER, "sources.csv": SOURCE_HEAD + "W1,B11,water,diffuse,fertiliser,agriculture,,,,R9,\n"},
    "source-beyond-the-reach": {**RIVER, "sources.csv": SOURCE_HEAD + "W1,B11,water,outfall,dyeing,industry,,,,R1,1001\n"},
    "emission-source-unknown": {**CHEMISTRY, "emissions.csv": EMISSIONS + "S9,SO2,1,,\n"},
    "emission-species-unknown": {**CHEMISTRY, "emissions.csv": EMISSIONS + "S1,CO,1,,\n"},
    "emission-twice": {**CHEMISTRY, "emissions.csv": EMISSIONS + "S1,SO2,500,,\n"},
    "emission-period-backwards": {**CHEMISTRY, "emissions.csv": EMISSIONS + "W1,TP,5,2021-05-01,2020-05-01\n"},
    "emission-period-too-long": {**CHEMISTRY, "emissions.csv": EMISSIONS + "W1,TP,5,2012-05-01,2201-05-01\n"},
    # river
    "reach-into-itself": {"reaches.csv": REACH_HEAD + "R1,R1,reach,1000,,,5,0.5,,\n"},
    "reach-next-unknown": {"reaches.csv": REACH_HEAD + "R1,R7,reach,1000,,,5,0.5,,\n"},
    "reach-shares": {"reaches.csv": REACHES + "R3,,reach,10,,,1,1,,0.7\nR3,,reach,10,,,1,1,,0.2\n"},
    "reach-circle": {"reaches.csv": REACH_HEAD + "R1,R2,reach,1000,,,5,0.5,,\nR2,R1,reach,2000,,,5,0.5,,\n"},
    "reach-more-in-than-out": {"reaches.csv": REACH_HEAD + "R1,R2,reach,1000,,,5,0.5,,\nR2,,reach,2000,,,3,0.5,,\n"},
    "reach-rows-differ": {"reaches.csv": REACH_HEAD + "R1,,reach,1000,,,5,0.5,,0.5\nR1,,reach,1000,,,6,0.5,,0.5\n"},
    "reach-flow-zero": {"reaches.csv": REACH_HEAD + "R1,,reach,1000,,,0,0.5,,\n"},
    "reach-without-length": {"reaches.csv": REACH_HEAD + "R1,,reach,,,,5,0.5,,\n"},
    "reach-without-velocity": {"reaches.csv": REACH_HEAD + "R1,,reach,1000,20,,5,,,\n"},
    "reach-too-fast": {"reaches.csv": REACH_HEAD + "R1,,reach,1000,2,1.5,500,,,\n"},
    "lake-without-volume": {"reaches.csv": REACH_HEAD + "L1,,lake,,,,5,,,\n"},
    "section-reach-unknown": {**RIVER, "sections.csv": SECTION_HEAD + "X1,R9,0,control,B11,river,Ⅲ\n"},
    "section-class-word": {**RIVER, "sections.csv": SECTION_HEAD + "X1,R1,0,control,B11,river,3\n"},
    # decisions
    "measure-of-the-other-medium": {**CHEMISTRY, "measures.csv":
                                    MEASURE_HEAD + "M1,S1,,energy,power,TP,water,0.0001,1,0,0,1,2020,\n"},
    "measure-takes-more-than-there-is": {**CHEMISTRY, "measures.csv":
                                         MEASURE_HEAD + "M1,S1,,energy,power,SO2,air,0.5,1,0,0,1,2020,\n"},
    "measure-effect-twice": {**CHEMISTRY, "measures.csv":
                             MEASURE_HEAD + "M1,S1,,energy,power,SO2,air,0.01,1,0,5,1,2020,\n"
                             "M1,S1,S1,energy,power,SO2,air,0.01,1,0,0,1,2020,\n"},
    "measure-life-missing": {**CHEMISTRY, "measures.csv":
                             MEASURE_HEAD + "M1,S1,,energy,power,SO2,air,0.01,1,5000000,0,,2020,\n"},
    "target-section-without-reach": {**RIVER, "sections.csv": SECTION_HEAD + "X1,,,control,B11,river,Ⅲ\n", "targets.csv":
                                     TARGET_HEAD + "T1,X1,water,TP,mean,2020-05-01,2021-05-01,<=,0.2,mg/L\n"},
    "target-statistic": {**AIR, "targets.csv":
                         TARGET_HEAD + "T1,P1,air,PM2.5,maximum,2015-11-15,2016-01-01,<=,75,ug/m3\n"},
    "event-cut-in-percent": {"event.csv": EVENT_HEAD + "E1,2015-12-08,2015-12-10,,industry,,30,must\n"},
    "event-member-unknown": {"event.csv": EVENT_HEAD + "E1,2015-12-08,2015-12-10,B99,industry,,0.3,must\n"},
    "campaign-lines-disagree": {**AIR, "campaign.csv": CAMPAIGN_HEAD + "C1,P1,2015-12-08,2015-12-10,SO2,0.2,0.1\n"
                                "C1,P1,2015-12-08,2015-12-11,NOx,0.2,0.1\n"},
    "band-station-unknown": {**AIR, "bands.csv": BAND_HEAD + "B1,P1;P9,winter,local,20,40\n"},
    "band-low-above-high": {**AIR, "bands.csv": BAND_HEAD + "B1,P1,winter,local,40,20\n"},
}


def main():
    for name, changed in CASES.items():
        folder = os.path.join(HERE, name)
        os.makedirs(folder, exist_ok=True)
        files = {"region.toml": REGION, "members.csv": MEMBERS, **changed}
        for old in set(os.listdir(folder)) - {"expect.txt"} - {f for f, text in files.items() if text is not None}:
            os.remove(os.path.join(folder, old))
        for file, text in files.items():
            if text is not None:
                with open(os.path.join(folder, file), "wb") as out:
                    out.write(text if isinstance(text, bytes) else text.encode("utf-8"))


if __name__ == "__main__":
    main()
