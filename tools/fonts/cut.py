import sys
from fontTools.ttLib import TTFont
from fontTools import subset
def cut(src,dst,keep,name,zh):
    f=TTFont(src)
    cps=[c for c in f.getBestCmap() if keep(c)]
    o=subset.Options(); o.layout_features=[]; o.hinting=False; o.glyph_names=False; o.notdef_outline=True; o.name_IDs=[0,1,2,3,4,5,6,13,14]; o.name_languages=[0x409]; o.drop_tables+=['GSUB','GPOS','GDEF','BASE','DSIG','gasp','vhea','vmtx','kern','STAT','MATH','VORG','meta']
    s=subset.Subsetter(o); s.populate(unicodes=cps); s.subset(f)
    for r in f['name'].names:
        pass
    n=f['name']
    lic=n.getDebugName(0) or ''
    n.names=[]
    for i,t in ((0,lic),(1,name),(2,'Regular'),(3,name+' 1'),(4,name),(5,'Version 1.0'),(6,name.replace(' ','')),(13,'SIL Open Font License, Version 1.1'),(14,'https://openfontlicense.org')):
        n.setName(t,i,3,1,0x409)
    f['post'].formatType=3.0
    f['head'].modified=f['head'].created
    f.recalcTimestamp=False
    f.save(dst); print(dst,len(cps))
han=lambda c: c>=0x3400 and (c<=0x9fff or 0xf900<=c<=0xfaff or c>=0x20000)
pua=lambda c: 0xe000<=c<=0xf8ff or c>=0xf0000
w='x/usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf'
wc=set(TTFont(w).getBestCmap())
cut(w,'dengbu-kai.ttf',lambda c: not pua(c) and c>=0x20,'Dengbu Kai','')
cut('x/usr/share/fonts/truetype/hanazono/HanaMinA.ttf','dengbu-rare.ttf',lambda c: c>=0x2e80 and c not in wc and not pua(c),'Dengbu Rare','')
