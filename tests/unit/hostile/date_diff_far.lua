-- expect: more than 200000 apart
return date.diff_business("0001-01-01", "9999-12-31")
