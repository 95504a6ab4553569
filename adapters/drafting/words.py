"""The words agencies use for the same thing, in Chinese and in English: what a thesaurus of forms would hold.

Nothing here is about one agency. A label of the contract is taken apart into these words, and every way of
saying it again is a name that a column may have.
"""

from __future__ import annotations

SAME_ZH: tuple[tuple[str, ...], ...] = (
    ("统一社会信用代码", "社会信用代码", "信用代码", "代码", "识别号", "纳税人识别号", "组织机构代码"),
    ("编号", "号", "号码", "文号"),
    ("许可证号", "许可证编号", "许可证证号", "证号"),
    ("日期", "时间"),
    ("投资项目代码", "项目代码", "项目编码", "项目统一代码"),
    ("项目", "工程"),
    ("建筑", "工程"),
    ("幢号", "楼栋号", "栋号", "楼号", "楼栋", "建筑物名称", "幢名"),
    ("幢", "楼栋", "栋"),
    ("供地", "出让", "划拨"),
    ("开工", "动工"),
    ("竣工", "完工"),
    ("取得", "获取"),
    ("核发", "发证", "签发", "颁发", "制证"),
    ("建设单位", "开发企业", "开发单位", "用地单位", "项目单位", "申请单位"),
    ("售房单位", "开发企业", "建设单位", "预售人", "出卖人"),
    ("项目单位", "建设单位", "申报单位"),
    ("受让人", "受让方", "受让单位"),
    ("出让人", "出让方"),
    ("缴款人", "缴费人", "缴款单位"),
    ("纳税人", "纳税人名称"),
    ("机关", "机构", "单位", "部门"),
    ("坐落", "位置", "地址", "地点"),
    ("账户", "账号"),
    ("成交总价", "成交价", "成交价款", "成交价格", "出让价款"),
    ("总价款", "总价", "总金额"),
    ("合同价格", "合同价", "合同金额", "合同造价"),
    ("票据号码", "票据号", "票号", "收据号"),
    ("税票号码", "电子税票号码", "完税证号", "凭证号码"),
    ("缴税日期", "税款日期", "税款入库日期", "完税日期"),
    ("缴款日期", "缴费日期"),
    ("金额", "缴款金额", "缴费金额"),
    ("实缴金额", "税额", "应纳税额"),
    ("收费项目", "缴款项目"),
    ("批准用地机关", "批准用地单位"),
    ("批准用途", "用途明细", "土地用途明细"),
    ("用途", "规划用途", "房屋用途", "设计用途"),
    ("用途名称", "土地用途"),
    ("使用年限", "年限", "土地使用年限", "出让年限"),
    ("起始", "开始"),
    ("终止", "结束", "截止"),
    ("结论", "意见", "结果"),
    ("结构", "结构类型"),
    ("户数", "套数"),
    ("套数", "总套数", "户数"),
    ("地上", "地面以上"),
    ("标准", "规范"),
    ("名称", "企业名称", "单位名称"),
    ("状态", "状况"),
    ("类型", "类别", "种类"),
    ("单位", "企业", "单位名称"),
    ("联系人", "经办人", "项目负责人"),
    ("电话", "手机"),
    ("方式", "类型"),
    ("备案范围", "工程范围"),
    ("预售幢号", "预售范围", "预售楼栋", "预售楼号"),
    ("单元总数", "单元数", "总套数"),
    ("单体建筑", "建筑明细", "单体明细", "建筑单体", "楼栋明细"),
    ("绿地率", "绿化率"),
    ("登记日期", "登簿日期", "登记时间", "登簿时间"),
    ("用地面积", "总用地面积", "土地面积"),
    ("建设规模", "建筑面积", "总建筑面积", "建设面积"),
    ("宗地代码", "宗地号", "不动产单元号"),
    ("测绘资质等级", "资质等级"),
    ("成果包编号", "成果编号", "包号", "包编号"),
    ("实测总建筑面积", "总建筑面积", "实测建筑面积"),
    ("建筑面积", "实测建筑面积", "面积"),
    ("人防工程面积", "人防面积"),
    ("供地批准", "批准", "批文"),
    ("曾用名称", "曾用名"),
    ("有效期至", "有效期", "有效期限", "有效期止", "有效期限至"),
)
"""Groups of words of which each may stand for the first; the first stands for the others too."""

LEFT_OUT_ZH = (
    *("投资", "规划", "施工图", "约定", "土地", "成果", "批准", "供地", "竣工", "上限", "下限", "实测", "总"),
    *(
        "使用",
        "证书",
        "电子",
        "（脱敏）",
        "（公顷）",
        "（年）",
        "首个",
        "法定",
        "对应",
        "工程",
        "分类",
        "终止",
    ),
    *("不动产", "房屋", "地籍", "地方", "曾用", "建设", "项目", "审查", "名称"),
)
"""Words of a label that agencies leave out."""

ADDED_ZH = (
    *(
        "合同",
        "证书",
        "电子",
        "总",
        "用途",
        "实测",
        "验收",
        "项目",
        "土地",
        "成果",
        "规划",
        "用地",
        "建设",
        "房屋",
    ),
)
"""Words that agencies put before a label."""

UNITS_ZH = {"m²": ("平方米", "平米"), "ha": ("公顷",), "元": ("元",), "万元": ("万元",)}
"""What a column of this unit may have at its end."""

SAME_EN: tuple[tuple[str, ...], ...] = (
    ("project", "proj", "prj", "prjct"),
    ("number", "no", "num", "code", "id", "nbr"),
    ("document", "doc", "cert", "certificate", "licence", "license", "permit", "filing"),
    ("name", "title", "nm"),
    ("developer", "buildunit", "builder", "owner", "company", "corp", "org", "unit", "enterprise", "holder"),
    ("date", "on", "time", "day", "dt"),
    ("start", "started", "begin", "begins", "from", "commence"),
    ("complete", "completed", "completion", "finish", "finished", "end", "ends"),
    ("area", "acreage", "size"),
    ("building", "build", "construction"),
    ("buildings", "building", "towers"),
    ("issue", "issued", "grant", "granted"),
    ("address", "location", "addr", "site", "place"),
    ("price", "amount", "money", "fee", "sum"),
    ("total", "sum", "all"),
    ("parcel", "plot", "lot"),
    ("use", "usage", "purpose"),
    ("tel", "telephone", "phone", "mobile"),
    ("contact", "linkman"),
    ("type", "kind", "category"),
    ("authority", "issuer", "org", "bureau", "by"),
    ("conclusion", "result", "opinion"),
    ("filed", "filing", "record"),
    ("credit", "uscc", "social"),
)
"""Groups of English words that mean the same in the name of a column."""

NOISE_EN = frozenset({"of", "the", "in", "for", "a", "an", "its", "it", "is", "to", "real", "estate", "s"})
"""Words of a label that say nothing of it."""

ENDINGS = {
    "date": ("rq", "sj"),
    "time": ("sj", "rq"),
    "name": ("mc",),
    "code": ("dm", "bh", "bm"),
    "certcode": ("zbh", "zh"),
    "num": ("bh", "h"),
    "no": ("bh", "h"),
    "id": ("bh",),
    "unit": ("dw",),
    "area": ("mj",),
    "type": ("lx",),
    "addr": ("dz",),
    "status": ("zt",),
}
"""English endings of names that are initials otherwise (`JGYSDATE`), as the initials they stand for."""
