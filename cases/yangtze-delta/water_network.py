"""The schematic river network and the monitored sections: data written by hand, and the two tables made from it.

Topology is real, geometry is not: a reach is a straight line between two real places, drawn so that one recognises the
river, and its length and velocity are assumed where no figure was found. Used by make_water.py.
"""

# The Taihu basin's yearly inflow to the lake, 75e8 m3/yr (rivers_yrd.csv, secondary), as m3/s.
TAIHU_FLOW = 237.7
# The diversion of 2020-12-25 to 2021-02-10 (X06) spread over the year of the samples, m3/s: 626e6 m3 taken from the Yangtze,
# 329e6 m3 of it into the lake.
WANGYU_TAKEN, WANGYU_INTO_LAKE = 19.84, 10.43
# The flow of the reach that the diversion is taken from.
YANGTZE_AT_WANGYU = 29700

# Share of Taihu's outflow by outlet. Taipu: 75 of 237.7 m3/s (60-90 from memory). The rest assumed; what is not named
# leaves as water supply and southward channels.
TAIPU_SHARE = round(75 / TAIHU_FLOW, 4)
TAIHU_OUT = [("taipu", TAIPU_SHARE), ("wangyu-out", 0.15), ("jishui", 0.10), ("canal", 0.08), ("wusong", 0.05)]
WANGYU_SHARE = round(WANGYU_TAKEN / YANGTZE_AT_WANGYU, 9)


def leaving(branches):
    """Completes a division with what leaves the network."""
    return branches + [("", round(1 - sum(share for _, share in branches), 9))]


# Corners of the drawing: section coordinates where the register gives them (compiled), towns and mouths otherwise (assumed).
PLACES = {
    "tunxi": (118.31, 29.71), "jiekou": (118.859, 29.859), "xinan-dam": (119.22, 29.48), "meicheng": (119.50, 29.55),
    "quzhou": (118.87, 28.95), "jinhua": (119.90, 29.11), "lanxi": (119.46, 29.21), "fuyang-zj": (119.95, 30.05),
    "hangzhou-bay": (120.95, 30.35),
    "wangjiaba": (115.604, 32.421), "jieshou": (115.334, 33.268), "fuyang": (115.82, 32.90), "luan": (116.50, 31.75),
    "zhengyangguan": (116.53, 32.49), "bozhou": (115.78, 33.87), "huaiyuan": (117.19, 32.96), "bengbu": (117.30, 32.965),
    "below-bengbu": (117.32, 32.965), "xiaoliuxiang": (118.149, 33.165), "hongze-in": (118.60, 33.18),
    "hongze-out": (118.75, 33.05), "xuzhou": (117.20, 34.25), "yangzhuang": (117.229, 34.062), "xinsui-mouth": (118.37, 33.44),
    "xiaowangqiao": (116.593, 33.559), "xinbian-mouth": (118.32, 33.36), "sanjiangying": (119.716, 32.327),
    "anhui-border": (116.25, 29.80), "wanhekou": (117.021, 30.505), "tongling": (117.78, 30.97), "yuxikou": (118.30, 31.42),
    "linshan": (118.524, 31.891), "wangyu-mouth": (120.82, 31.80), "wusongkou": (121.52, 31.40), "east-sea": (122.00, 31.25),
    "hefei": (117.30, 31.86), "shucheng": (116.95, 31.45), "chaohu-w": (117.40, 31.60), "chaohu-m": (117.55, 31.55),
    "chaohu-e": (117.80, 31.60), "xuancheng": (118.74, 30.95),
    "changzhou": (119.75, 31.68), "zhushan": (119.92, 31.35), "wuxi": (120.28, 31.60), "meiliang": (120.20, 31.45),
    "anji": (119.68, 30.64), "south-taihu": (120.10, 30.94), "taihu": (120.20, 31.217), "dongtaihu": (120.52, 31.05),
    "gonghu": (120.35, 31.42), "suzhou": (120.58, 31.28), "wujiang": (120.64, 31.16), "jishui-foot": (120.93, 31.09), "dianshan-out": (120.98, 31.07),
    "jiaxing": (120.74, 30.76), "xietang": (121.05, 31.00), "songpu": (121.23, 30.97),
}

# id, to (or branches), kind, from, to, member, zh, en, length km, flow m3/s, velocity m/s, volume 1e8 m3, standing of the
# flow, where the flow is from. Lengths and velocities not spoken of are assumed.
V = "secondary"
REACHES = [
    # Xin'an and Qiantang
    ("xinan", "qiandao", "reach", "tunxi", "jiekou", "341000", "新安江", "Xin'an River", 100, 180, 0.4, "", V,
     "Jiekou 60.2 % of 94.1e8 m3/yr"),
    ("qiandao", "fuchun", "lake", "jiekou", "xinan-dam", "330100", "千岛湖", "Qiandao Lake", "", 285, "", 178, V,
     "outflow 90.0e8 m3/yr, volume 178e8 m3"),
    ("qu", "lan", "reach", "quzhou", "lanxi", "330800", "衢江", "Qu River", 80, 196, 0.5, "", V, "61.94e8 m3/yr at Quzhou"),
    ("jinhua", "lan", "reach", "jinhua", "lanxi", "330700", "金华江", "Jinhua River", 60, 194, 0.4, "", "assumed",
     "Lanxi 521 x catchment share 6780/18200 (from memory)"),
    ("lan", "fuchun", "reach", "lanxi", "meicheng", "330700", "兰江", "Lan River", 45, 521, 0.5, "", V,
     "164.5e8 m3/yr at Lanxi"),
    ("fuchun", "qiantang", "reach", "meicheng", "fuyang-zj", "330100", "富春江", "Fuchun River", 70, 900, 0.4, "", "assumed",
     "continuity: 285 + 521, the rest local"),
    ("qiantang", "", "reach", "fuyang-zj", "hangzhou-bay", "330100", "钱塘江", "Qiantang River", 100, 1000, 0.3, "", "assumed",
     "continuity: 900 and Puyang River, local"),
    # Huai
    ("huai-1", "huai-2", "reach", "wangjiaba", "zhengyangguan", "341200", "淮河 王家坝—正阳关", "Huai, Wangjiaba-Zhengyangguan",
     155, 300, 0.35, "", "from memory", "about 100e8 m3/yr at Wangjiaba"),
    ("ying-1", "ying-2", "reach", "jieshou", "fuyang", "341200", "颍河 界首—阜阳", "Ying, Jieshou-Fuyang", 70, 100, 0.2, "",
     "assumed", "below the flow at Fuyang"),
    ("ying-2", "huai-2", "reach", "fuyang", "zhengyangguan", "341200", "颍河 阜阳以下", "Ying below Fuyang", 125, 140, 0.2, "",
     "from memory", "about 43e8 m3/yr at Fuyang"),
    ("pi", "huai-2", "reach", "luan", "zhengyangguan", "341500", "淠河", "Pi River", 100, 80, 0.3, "", "assumed", "no figure found"),
    ("huai-2", "huai-3", "reach", "zhengyangguan", "huaiyuan", "340400", "淮河 正阳关—怀远", "Huai, Zhengyangguan-Huaiyuan", 110,
     660, 0.35, "", "assumed", "continuity to Bengbu 835"),
    ("guo", "huai-3", "reach", "bozhou", "huaiyuan", "341600", "涡河", "Guo River", 190, 40, 0.1, "", "from memory",
     "about 12.7e8 m3/yr at Mengcheng"),
    ("huai-3", "bengbu-gate", "reach", "huaiyuan", "bengbu", "340300", "淮河 怀远—蚌埠闸", "Huai above Bengbu gate", 12, 835, 0.3, "",
     "from memory", "Bengbu 820-850"),
    ("bengbu-gate", "huai-4", "gate", "bengbu", "below-bengbu", "340300", "蚌埠闸", "Bengbu gate", "", 835, "", "", "from memory",
     "Bengbu 820-850"),
    ("huai-4", "huai-5", "reach", "below-bengbu", "xiaoliuxiang", "340300", "淮河 蚌埠闸—小柳巷", "Huai, Bengbu-Xiaoliuxiang", 105,
     852, 0.3, "", "from memory", "Bengbu + 2 %"),
    ("huai-5", "hongze", "reach", "xiaoliuxiang", "hongze-in", "320800", "淮河 小柳巷—洪泽湖", "Huai, Xiaoliuxiang-Hongze", 75, 865,
     0.25, "", "assumed", "continuity: 852 and local"),
    ("kui", "xinsui", "reach", "xuzhou", "yangzhuang", "320300", "奎河", "Kui River", 30, 6, 0.1, "", "assumed",
     "small plain river, 0-30"),
    ("xinsui", "hongze", "reach", "yangzhuang", "xinsui-mouth", "341300", "新濉河", "Xinsui River", 130, 15, 0.1, "", "assumed",
     "small plain river, 0-30"),
    ("xinbian", "hongze", "reach", "xiaowangqiao", "xinbian-mouth", "341300", "沱河—新汴河", "Tuo and Xinbian Rivers", 175, 20, 0.1,
     "", "assumed", "small plain river, 0-30"),
    ("hongze", leaving([("ruhai", 0.65)]), "lake", "hongze-in", "hongze-out", "320800", "洪泽湖", "Hongze Lake", "", 950, "", 30.4,
     "from memory", "about 300e8 m3/yr out, 30.4e8 m3 at 12.5 m; 65 % to the Yangtze, 35 % to the Yellow Sea (assumed)"),
    ("ruhai", "cj-6", "reach", "hongze-out", "sanjiangying", "321000", "淮河入江水道", "Huai waterway to the Yangtze", 157, 640, 0.2,
     "", "assumed", "continuity: 65 % of Hongze and local; length from memory"),
    # Chaohu
    ("nanfei", "chaohu-west", "reach", "hefei", "chaohu-w", "340100", "南淝河", "Nanfei River", 30, 20, 0.1, "", "assumed",
     "anchor: small plain river 19"),
    ("hangbu", "chaohu-west", "reach", "shucheng", "chaohu-w", "341500", "杭埠河", "Hangbu River", 100, 60, 0.2, "", "assumed",
     "continuity to the outlet"),
    ("chaohu-west", "chaohu-east", "lake", "chaohu-w", "chaohu-m", "340100", "巢湖西半湖", "Chao Lake, west", "", 90, "", 6.9,
     "assumed", "lake 20.7e8 m3 (from memory), a third west"),
    ("chaohu-east", "yuxi", "lake", "chaohu-m", "chaohu-e", "340100", "巢湖东半湖", "Chao Lake, east", "", 115, "", 13.8,
     "assumed", "about 36e8 m3/yr out; lake 20.7e8 m3 (from memory), two thirds east"),
    ("yuxi", "cj-4", "reach", "chaohu-e", "yuxikou", "340200", "裕溪河", "Yuxi River", 60, 130, 0.2, "", "assumed",
     "continuity: 115 and local"),
    # Yangtze
    ("cj-1", "cj-2", "reach", "anhui-border", "wanhekou", "340800", "长江 省界—皖河口", "Yangtze, Anhui border-Wanhekou", 115, 27800,
     1.0, "", "assumed", "Datong less local water"),
    ("cj-2", "cj-3", "reach", "wanhekou", "tongling", "341700", "长江 安庆—铜陵", "Yangtze, Anqing-Tongling", 110, 28300, 1.0, "",
     "from memory", "Datong 28300"),
    ("cj-3", "cj-4", "reach", "tongling", "yuxikou", "340200", "长江 铜陵—芜湖", "Yangtze, Tongling-Wuhu", 95, 28400, 1.0, "",
     "assumed", "continuity from Datong 28300"),
    ("qingyi", "cj-4", "reach", "xuancheng", "yuxikou", "341800", "水阳江—青弋江", "Shuiyang and Qingyi Rivers", 120, 150, 0.3, "",
     "assumed", "no figure found"),
    ("cj-4", "cj-5", "reach", "yuxikou", "linshan", "340500", "长江 芜湖—林山", "Yangtze, Wuhu-Linshan", 75, 28700, 1.0, "",
     "assumed", "continuity: 28400 and three rivers"),
    ("cj-5", "cj-6", "reach", "linshan", "sanjiangying", "320100", "长江 林山—三江营", "Yangtze, Linshan-Sanjiangying", 145, 28900,
     0.9, "", "assumed", "continuity: 28700 and local"),
    ("cj-6", [("wangyu-in", WANGYU_SHARE), ("cj-7", round(1 - WANGYU_SHARE, 9))], "reach", "sanjiangying", "wangyu-mouth", "321200",
     "长江 三江营—望虞河口", "Yangtze, Sanjiangying-Wangyu", 135, YANGTZE_AT_WANGYU, 0.8, "", "assumed", "continuity: 28900 + 640 and local"),
    ("cj-7", "cj-8", "reach", "wangyu-mouth", "wusongkou", "320500", "长江 望虞河口—吴淞口", "Yangtze, Wangyu-Wusongkou", 85, 29900, 0.6,
     "", "assumed", "continuity"),
    ("cj-8", "", "reach", "wusongkou", "east-sea", "310000", "长江口", "Yangtze mouth", 60, 31250, 0.5, "", V,
     "9856e8 m3/yr of the basin, at the mouth"),
    # Taihu and the plain
    ("huxi", "taihu-west", "reach", "changzhou", "zhushan", "320400", "湖西区入湖河道", "Western inflows of Taihu", 60, 145, 0.15, "",
     V, "75e8 m3/yr, 60-80 % from Huxi + Wuchengxiyu; 61 % taken for Huxi (assumed)"),
    ("wuxi", "taihu-north", "reach", "wuxi", "meiliang", "320200", "武澄锡虞入湖河道", "Wuxi inflows of Taihu", 30, 22, 0.1, "",
     V, "75e8 m3/yr, 60-80 % from Huxi + Wuchengxiyu; 9 % taken for Wuxi (assumed)"),
    ("tiaoxi", "taihu", "reach", "anji", "south-taihu", "330500", "苕溪", "Tiaoxi", 100, 60, 0.2, "", "assumed",
     "the rest of 75e8 m3/yr"),
    ("wangyu-in", leaving([("taihu-north", round(WANGYU_INTO_LAKE / WANGYU_TAKEN, 4))]), "diversion", "wangyu-mouth", "gonghu", "320500",
     "望虞河（引江济太）", "Wangyu diversion", 60.8, WANGYU_TAKEN, 0.3, "", V,
     "X06: 626e6 m3 taken, 329e6 into the lake, spread over the year; length from memory"),
    ("taihu-west", "taihu", "lake", "zhushan", "taihu", "320200", "太湖西部", "Taihu, west", "", 145, "", 8.8, "assumed",
     "its inflow; 20 % of the volume 44e8 m3"),
    ("taihu-north", "taihu", "lake", "meiliang", "taihu", "320200", "太湖北部湖湾", "Taihu, northern bays", "", 32.5, "", 5.1,
     "assumed", "its inflow; 11.6 % of the volume = area of Meiliang and Gonghu (from memory)"),
    ("taihu", leaving(TAIHU_OUT), "lake", "taihu", "dongtaihu", "320500", "太湖", "Taihu, main lake", "", TAIHU_FLOW, "", 30.1, V,
     "75e8 m3/yr; the rest of the volume 44e8 m3; shares of the outlets assumed, Taipu from memory"),
    ("wangyu-out", "cj-7", "reach", "gonghu", "wangyu-mouth", "320500", "望虞河（泄水）", "Wangyu, release", 60.8, 37, 0.3, "",
     "assumed", "15 % of the lake's outflow and local; length from memory"),
    ("taipu", "huangpu-1", "reach", "dongtaihu", "xietang", "320500", "太浦河", "Taipu River", 57.2, 80, 0.2, "", "from memory",
     "60-90 from the lake, and local; length secondary"),
    ("jishui", "dianshan", "reach", "wujiang", "jishui-foot", "320500", "急水港", "Jishui channel", 35, 40, 0.15, "", "assumed",
     "no figure found"),
    ("dianshan", "huangpu-1", "lake", "jishui-foot", "dianshan-out", "310000", "淀山湖", "Dianshan Lake", "", 45, "", 1.3, "assumed",
     "its inflow and local; volume from memory"),
    ("canal", "jiaxing", "reach", "suzhou", "jiaxing", "320500", "江南运河 苏州—嘉兴", "Grand Canal, Suzhou-Jiaxing", 65, 30, 0.1, "",
     "assumed", "small plain river, 0-30"),
    ("jiaxing", "huangpu-1", "reach", "jiaxing", "xietang", "330400", "嘉兴平原河网", "Jiaxing plain channels", 50, 70, 0.1, "",
     "assumed", "no figure found"),
    ("huangpu-1", "huangpu-2", "reach", "dianshan-out", "songpu", "310000", "黄浦江上游", "Upper Huangpu", 38, 250, 0.2, "", "assumed",
     "continuity to 309"),
    ("wusong", "huangpu-2", "reach", "suzhou", "songpu", "310000", "吴淞江（苏州河）", "Wusong River (Suzhou Creek)", 125, 19, 0.1, "",
     V, "19 m3/s, 125 km"),
    ("huangpu-2", "cj-8", "reach", "songpu", "wusongkou", "310000", "黄浦江", "Huangpu", 75.4, 309, 0.2, "", V,
     "300-318 net; 113.4 km with the upper part (verified)"),
]

# Sections. Key: the name in the monthly table. id, zh, en, reach, km from its head, role, answering city (or province where
# the place is not known), upstream member at a border, class aimed at (assumed), lon, lat, what to say of the place.
GH, SQL = "register in a public script", "register in a public SQL dump"
SECTIONS = {
    "三江营": ("sanjiangying", "Sanjiangying", "ruhai", 155, "intake", "321000", "", "Ⅱ", 119.716451, 32.326611,
            SQL + "; put at the foot of the Huai waterway; intake from memory"),
    "兰山嘴(老)": ("lanshanzui", "Lanshanzui (old)", "taihu-west", 0, "control", "320200", "", "Ⅲ", 119.911806, 31.211806, GH),
    "大兴桥": ("daxingqiao", "Daxingqiao", "", 0, "control", "320000", "", "Ⅲ", "", "", "place not found"),
    "大屈": ("daqu", "Daqu", "xinsui", 105, "control", "321300", "", "Ⅲ", 118.11, 33.476667, GH + "; river from memory"),
    "小柳巷": ("xiaoliuxiang", "Xiaoliuxiang", "huai-4", 105, "border", "341100", "340000", "Ⅲ", 118.148611, 33.165278,
            GH + ", digits corrected"),
    "小王桥": ("xiaowangqiao", "Xiaowangqiao", "xinbian", 0, "control", "340600", "", "Ⅲ", 116.5925, 33.559167,
            GH + "; river from memory; head of the reach"),
    "小红圈": ("xiaohongquan", "Xiaohongquan", "", 0, "control", "320300", "", "Ⅲ", 118.103611, 34.620278, GH + "; river not in the network"),
    "张大桥": ("zhangdaqiao", "Zhangdaqiao", "", 0, "control", "341200", "", "Ⅲ", 115.2425, 33.075833, GH + "; river not in the network"),
    "急水港桥": ("jishuigangqiao", "Jishuigangqiao", "jishui", 33, "border", "310000", "320000", "Ⅲ", 120.901556, 31.101556, GH),
    "斜路港": ("xielugang", "Xielugang", "", 0, "control", "330000", "", "Ⅲ", "", "", "register repeats another section's place"),
    "新港口(新塘港)": ("xingangkou", "Xingangkou (Xintanggang)", "", 0, "control", "330000", "", "Ⅲ", "", "",
                  "place doubtful: named Huzhou, falls in Jiaxing"),
    "李集桥": ("lijiqiao", "Lijiqiao", "", 0, "control", "320300", "", "Ⅲ", 117.000556, 34.750556, GH + "; river not in the network"),
    "杨庄": ("yangzhuang", "Yangzhuang", "kui", 30, "control", "341300", "320000", "Ⅲ", 117.228611, 34.061944, GH + "; river from memory"),
    "林山": ("linshan", "Linshan", "cj-4", 75, "border", "320100", "340000", "Ⅱ", 118.53752, 31.924712,
           SQL + "; border from memory"),
    "沙渚": ("shazhu", "Shazhu", "taihu-north", 0, "intake", "320200", "", "Ⅱ", 120.229556, 31.396222, GH + "; intake from memory"),
    "泗县公路桥": ("sixian", "Sixian highway bridge", "xinbian", 130, "control", "341300", "", "Ⅲ", 117.879722, 33.463056,
              GH + "; river from memory"),
    "淮河大桥": ("huaihedaqiao", "Huaihe bridge (Xuyi)", "huai-5", 50, "control", "320800", "", "Ⅲ", 118.495, 33.028333, GH),
    "湖滨(老)": ("hubin", "Hubin (old)", "chaohu-west", 0, "control", "340100", "", "Ⅲ", 117.458333, 31.675, GH),
    "王家坝": ("wangjiaba", "Wangjiaba", "huai-1", 0, "border", "341200", "", "Ⅲ", 115.603889, 32.420556,
            GH + ", digit corrected; head of the reach; upstream is Henan"),
    "王江泾": ("wangjiangjing", "Wangjiangjing", "canal", 50, "border", "330400", "320000", "Ⅲ", 120.708611, 30.891944, GH),
    "界首七渡口(七渡口)": ("qidukou", "Jieshou Qidukou", "ying-1", 0, "border", "341200", "", "Ⅲ", 115.334167, 33.2675,
                    GH + "; head of the reach; upstream is Henan"),
    "皖河口": ("wanhekou", "Wanhekou", "cj-1", 115, "control", "340800", "", "Ⅱ", 117.021389, 30.504722, GH),
    "石头埠(老)": ("shitoubu", "Shitoubu (old)", "huai-2", 75, "control", "340400", "", "Ⅲ", 116.996111, 32.679444,
               GH + ", digits corrected"),
    "艾山西大桥": ("aishanxi", "Aishanxi bridge", "", 0, "control", "320000", "", "Ⅲ", "", "", "place not found"),
    "蚌埠闸上(蚌埠闸)": ("bengbuzha", "Above Bengbu gate", "huai-3", 8, "control", "340300", "", "Ⅲ", 117.242222, 32.958889, GH),
    "街口(鸠坑口)": ("jiekou", "Jiekou (Jiukengkou)", "xinan", 100, "border", "330100", "340000", "Ⅱ", 118.858889, 29.858889,
                GH + "; the town itself lies some 20 km off"),
    "裕溪口(老)": ("yuxikou", "Yuxikou (old), lake outlet", "chaohu-east", 0, "control", "340100", "", "Ⅲ", 117.800278, 31.600278, GH),
    "西山": ("xishan", "Xishan", "taihu", 0, "control", "320500", "", "Ⅲ", 120.2, 31.216667, GH),
    "许庄(徐庄)": ("xuzhuang", "Xuzhuang", "", 0, "control", "341200", "", "Ⅲ", 115.233333, 33.066667, GH + "; river not in the network"),
    "颜集": ("yanji", "Yanji", "", 0, "control", "341600", "", "Ⅲ", 115.892611, 33.975944,
           GH + "; its river is not in the network"),
}

# What the word of rivers_yrd.csv becomes in the case's own list of marks.
MARK = {"verified": "compiled", "secondary": "compiled", "from memory": "from memory", "assumed": "assumed"}
REACHES_HEADER = ("reach_id,to_id,kind,length_m,width_m,depth_m,slope,manning_n,flow_m3_s,velocity_m_s,volume_m3,share,member,"
                  "name_zh,name_en,lon,lat,to_lon,to_lat,flow_mark,mark,source")
SECTIONS_HEADER = ("section_id,reach_id,distance_m,role,member,kind,target_class,lon,lat,name_zh,name_en,upstream_member,mark,"
                   "source")


def reach_rows():
    for (reach, to, kind, start, end, member, zh, en, km, flow, velocity, volume, standing, source) in REACHES:
        branches = to if isinstance(to, list) else [(to, 1)]
        length = round(km * 1000) if km != "" else ""
        volume = round(volume * 1e8) if volume != "" else ""
        for to_id, share in branches:
            yield [reach, to_id, kind, length, "", "", "", "", flow, velocity, volume, share, member, zh, en,
                   *PLACES[start], *PLACES[end], standing, MARK[standing], f"flow: {source}"]


def section_rows(kinds):
    """kinds: {name: (river or lake, how that is known)}."""
    for name, (key, en, reach, km, role, member, upstream, target, lon, lat, note) in SECTIONS.items():
        kind, basis = kinds[name]
        yield [f"W-{key}", reach, round(km * 1000) if reach else "", role, member, kind, target, lon, lat, name, en, upstream,
               "compiled" if lon != "" else "assumed", f"{note}; {kind} by {basis}; class aimed at and distance assumed"]
