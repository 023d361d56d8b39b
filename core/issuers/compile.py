"""Compiles issuers.csv from two published packages: compile.py BANKCARDINFO.tgz CARDBIN.tar.gz > issuers.csv

    npm pack bankcardinfo@2.0.6
    pip download --no-deps --no-binary :all: cardbin==1.0.0

bankcardinfo states prefix, length, bank and kind of card; cardbin states prefix, bank and the card's name. A row says
which of them know the prefix and agree on the bank. Where bankcardinfo gives one prefix and length to two banks, cardbin
decides; where it cannot, the prefix is left out, as is a kind on which the two differ. Banks that were renamed or
merged stand under the name of today."""

import ast
import collections
import csv
import re
import sys
import tarfile

KINDS = {'DC': 'debit', 'CC': 'credit', 'SCC': 'quasi_credit', 'PC': 'prepaid'}
IN_NAMES = (('准贷记', 'quasi_credit'), ('贷记', 'credit'), ('信用卡', 'credit'), ('借记', 'debit'), ('预付', 'prepaid'))

# The name of today: other names of it, or of banks that it has taken over whole.
NAMES = {
    '中国工商银行': '工商银行',
    '中国农业银行': '农业银行 宁波市农业银行 中国农业银行贷记卡',
    '中国建设银行': '建设银行',
    '交通银行': '中国交通银行',
    '中国邮政储蓄银行': '邮储银行 邮政储蓄银行',
    '中国光大银行': '光大银行',
    '中国民生银行': '民生银行',
    '上海浦东发展银行': '浦东发展银行',
    '广发银行': '广东发展银行',
    '平安银行': '深发/平安银行 深圳发展银行',
    '招商银行': '招商银行信用卡中心',
    '星展银行': '星展银行香港有限公司',
    '东莞银行': '东莞市商业银行',
    '成都银行': '成都商业银行',
    '天津银行': '天津市商业银行',
    '杭州银行': '杭州商业银行',
    '衡水银行': '衡水市商业银行',
    '秦皇岛银行': '秦皇岛市商业银行',
    '威海银行': '威海市商业银行 威海商业银行',
    '烟台银行': '烟台商业银行',
    '临商银行': '临沂商业银行',
    '乌鲁木齐银行': '乌鲁木齐市商业银行',
    '库尔勒银行': '库尔勒市商业银行',
    '富滇银行': '昆明商业银行',
    '江西银行': '南昌银行 景德镇商业银行',
    '江苏银行': '镇江市商业银行 苏州市商业银行 南通商业银行 无锡市商业银行 徐州市商业银行 连云港市商业银行',
    '湖北银行': '宜昌市商业银行',
    '桂林银行': '桂林市商业银行',
    '泸州银行': '泸州市商业银行',
    '四川银行': '攀枝花市商业银行 凉山州商业银行',
    '长城华西银行': '德阳银行',
    '四川天府银行': '南充市商业银行',
    '达州银行': '达州市商业银行',
    '遂宁银行': '遂宁市商业银行 遂宁是商业银行',
    '自贡银行': '自贡市商业银行',
    '宜宾银行': '宜宾市商业银行',
    '湖州银行': '湖州市商业银行',
    '上饶银行': '上饶市商业银行',
    '承德银行': '承德市商业银行',
    '唐山银行': '唐山市商业银行',
    '张家口银行': '张家口市商业银行',
    '邯郸银行': '邯郸市商业银行',
    '日照银行': '日照市商业银行',
    '泰安银行': '泰安市商业银行',
    '山西银行': '大同市商业银行 长治市商业银行 晋中银行 阳泉市商业银行',
    '云南红塔银行': '玉溪市商业银行',
    '贵州银行': '遵义市商业银行 安顺市商业银行',
    '甘肃银行': '平凉市商业银行',
    '湖南银行': '华融湘江银行',
    '中原银行': '信阳银行 驻马店银行 许昌银行 漯河银行 新乡市商业银行 安阳银行 鹤壁银行 濮阳银行 三门峡银行 周口银行'
    ' 商丘市商业银行 洛阳银行 平顶山银行 焦作市商业银行',
    '盘锦银行': '盘锦市商业银行',
    '葫芦岛银行': '葫芦岛市商业银行',
    '广州农村商业银行': '广州农村商业银行股份有限公司',
    '广东顺德农村商业银行': '佛山顺德农村商业银行',
    '常熟农村商业银行': '常熟市农村商业银行',
    '江阴农村商业银行': '江阴市农村商业银行',
    '宁波鄞州农村商业银行': '宁波鄞州农村合作银行 鄞州农村合作银行',
    '湖南省农村信用社联合社': '湖南农村信用社联合社',
}
TODAY = {old: name for name, olds in NAMES.items() for old in olds.split()}
BRANCH = re.compile(r'^(.*?银行)(?:\S{2,5}(?:分行|子行)|阿姆斯特丹)$')


def today(name):
    branch = BRANCH.match(name)
    name = branch.group(1) if branch else name
    return TODAY.get(name, name)


def member(path, ending):
    with tarfile.open(path) as package:
        (found,) = (item for item in package.getmembers() if item.name.endswith(ending))
        return package.extractfile(found).read().decode()


def of_bankcardinfo(text):
    """Returns {(prefix, length): {(code, bank, kind)}}."""
    rows = collections.defaultdict(set)
    for bank in text.split('bankName: "')[1:]:
        name = bank[: bank.index('"')]
        code = re.search(r'bankCode: "(\w+)"', bank).group(1)
        for prefixes, rest, kind in re.findall(r'reg: /\^\(?([\d|]+)\)?\\d\{(\d+)\}\$/g,\s*cardType: "(\w+)"', bank):
            for prefix in prefixes.split('|'):
                rows[prefix, len(prefix) + int(rest)].add((code, today(name), KINDS[kind]))
    return rows


def of_cardbin(text):
    """Returns {prefix: (bank, kind or None)}."""
    table = ast.literal_eval(text[text.index('{') : text.rindex('}') + 1])
    out = {}
    for prefix, value in table.items():
        bank, card = value.split('|')
        kind = next((kind for word, kind in IN_NAMES if word in card + bank), None)
        out[prefix] = today(bank), kind
    return out


def main(first, second):
    known, other = of_bankcardinfo(member(first, '/index.js')), of_cardbin(member(second, '/bankbin.py'))
    codes = collections.defaultdict(collections.Counter)
    for found in known.values():
        for code, bank, _ in found:
            codes[bank][code] += 1
    users = collections.Counter(code for found in codes.values() for code in found)
    # A bank has its commonest code; a code that two banks have is nobody's.
    codes = {bank: next((code for code, _ in found.most_common() if users[code] == 1), '') for bank, found in codes.items()}
    rows, left_out = [], 0
    for (prefix, length), found in known.items():
        banks = {bank for _, bank, _ in found}
        says, kind_says = other.get(prefix, (None, None))
        if len(banks) > 1:
            banks &= {says}
        if len(banks) != 1:
            left_out += 1
            continue
        (bank,) = banks
        kinds = {kind for _, of, kind in found if of == bank}
        agree = says == bank
        if agree and kind_says:
            kinds.add(kind_says)
        rows.append(
            (prefix, length, codes[bank], bank, kinds.pop() if len(kinds) == 1 else '', 'bankcardinfo' + ' cardbin' * agree)
        )
    prefixes = {prefix for prefix, _ in known}
    for prefix, (bank, kind) in other.items():
        if prefix not in prefixes:
            rows.append((prefix, '', codes.get(bank, ''), bank, kind or '', 'cardbin'))
    out = csv.writer(sys.stdout, lineterminator='\n')
    out.writerow(('prefix', 'card_length', 'issuer_code', 'issuer', 'card_kind', 'sources'))
    out.writerows(sorted(rows, key=lambda row: (row[0], str(row[1]))))
    print(f'{len(rows)} rows, {left_out} left out', file=sys.stderr)


if __name__ == '__main__':
    main(*sys.argv[1:])
