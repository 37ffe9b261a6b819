-- What of Sage 500 the flows need: tables, keys and the import procedures, with the names of the product where they are
-- known (staging tables, spGetNextSurrogateKey, the eleven parameters of an import procedure, tdmMigrationLogWrk), and
-- by the same pattern where they are not (StgCustPmt, spARapiCustPmtIns; StgPendInvoice for credit memos, whose TranType 502
-- is ours; StgCustomer). Names are folded as PostgreSQL does it.
SET client_min_messages = warning;

CREATE TABLE tsmCompany (CompanyID varchar(3) PRIMARY KEY, CompanyName varchar(50) NOT NULL, CurrID varchar(3) NOT NULL);
CREATE TABLE tsmSurrogateKey (TableName varchar(100) PRIMARY KEY, NextKey int NOT NULL);
CREATE TABLE tsmMigrateSession (MigrateSessionKey int PRIMARY KEY, CompanyID varchar(3) NOT NULL, LastCompProcessMode smallint NOT NULL,
  LastCompProcessNo int NOT NULL, LastCompProcessTime timestamp, SetupStepKey int, StartTime timestamp NOT NULL, UserID varchar(30) NOT NULL);
CREATE TABLE tarCustomer (CustKey int PRIMARY KEY, CompanyID varchar(3) NOT NULL, CustID varchar(12) NOT NULL,
  CustName varchar(40) NOT NULL, Status smallint NOT NULL DEFAULT 1, UpdateCounter int NOT NULL DEFAULT 0,
  DfltBillToAddrKey int, PrimaryCntctKey int, CRMCustID varchar(32), UpdateDate timestamp NOT NULL DEFAULT now(),
  UNIQUE (CompanyID, CustID));
CREATE TABLE tciAddress (AddrKey int PRIMARY KEY, AddrLine1 varchar(40), AddrLine2 varchar(40), City varchar(20), StateID varchar(3),
  PostalCode varchar(9), CountryID varchar(3));
CREATE TABLE tciContact (CntctKey int PRIMARY KEY, Phone varchar(17), EMailAddr varchar(256));
CREATE TABLE tarInvoice (InvcKey int PRIMARY KEY, CompanyID varchar(3) NOT NULL, TranID varchar(13) NOT NULL,
  TranNo varchar(10) NOT NULL, TranType int NOT NULL DEFAULT 501, TranDate date NOT NULL, CustKey int NOT NULL REFERENCES tarCustomer,
  CurrID varchar(3) NOT NULL, TranAmt decimal(15,3) NOT NULL, Balance decimal(15,3) NOT NULL, Status smallint NOT NULL DEFAULT 1,
  NextApplEntryNo int NOT NULL DEFAULT 1, ClosingTranDate date, TranCmnt varchar(50), UpdateCounter int NOT NULL DEFAULT 0,
  UNIQUE (CompanyID, TranID));
CREATE TABLE tciBatchLog (BatchKey int PRIMARY KEY, BatchID varchar(20) NOT NULL, BatchType int NOT NULL, Status smallint NOT NULL,
  PostStatus smallint NOT NULL, SourceCompanyID varchar(3) NOT NULL, CreateType smallint NOT NULL, UpdateCounter int NOT NULL);
CREATE TABLE tarCustPmt (CustPmtKey int PRIMARY KEY, CustKey int NOT NULL REFERENCES tarCustomer, CompanyID varchar(3) NOT NULL,
  TranNo varchar(10) NOT NULL, TranAmt decimal(15,3) NOT NULL, TranDate date NOT NULL, CurrID varchar(3) NOT NULL,
  UnappliedAmt decimal(15,3) NOT NULL, BatchKey int NOT NULL REFERENCES tciBatchLog, TranCmnt varchar(50));
CREATE TABLE tarCustPmtAppl (CustPmtKey int NOT NULL REFERENCES tarCustPmt, InvcKey int NOT NULL REFERENCES tarInvoice,
  ApplyAmt decimal(15,3) NOT NULL, PRIMARY KEY (CustPmtKey, InvcKey));
CREATE TABLE tglAccount (GLAcctKey int PRIMARY KEY, GLAcctNo varchar(100) NOT NULL, CompanyID varchar(3) NOT NULL);
CREATE TABLE tglTransaction (glTranKey int PRIMARY KEY, GLAcctKey int NOT NULL REFERENCES tglAccount, TranNo varchar(10) NOT NULL,
  PostAmt decimal(15,3) NOT NULL, CurrID varchar(3) NOT NULL, PostDate timestamp NOT NULL, PostCmnt varchar(50));
CREATE TABLE StgCustPmt (RowKey serial PRIMARY KEY, SessionKey int NOT NULL, ProcessStatus smallint NOT NULL DEFAULT 0,
  Action smallint NOT NULL DEFAULT 0, CompanyID varchar(3), CustID varchar(12), TranDate date, TranAmt decimal(15,3),
  CurrID varchar(3), ApplyToTranNo varchar(10), ApplyAmt decimal(15,3), TranCmnt varchar(50));
CREATE TABLE StgPendInvoice (RowKey serial PRIMARY KEY, SessionKey int NOT NULL, ProcessStatus smallint NOT NULL DEFAULT 0,
  Action smallint NOT NULL DEFAULT 0, CompanyID varchar(3), CustID varchar(12), TranDate date, TranType int, TranAmt decimal(15,3),
  CurrID varchar(3), ApplyToTranNo varchar(10), TranCmnt varchar(50));
CREATE TABLE StgCustomer (RowKey serial PRIMARY KEY, SessionKey int NOT NULL, ProcessStatus smallint NOT NULL DEFAULT 0,
  Action smallint NOT NULL DEFAULT 0, CompanyID varchar(3), CustID varchar(12), CustName varchar(40), CRMCustID varchar(32),
  AddrLine1 varchar(40), AddrLine2 varchar(40), City varchar(20), StateID varchar(3), PostalCode varchar(10), CountryID varchar(3),
  Phone varchar(17), EMailAddr varchar(256));
CREATE TABLE tdmMigrationLogWrk (SessionKey int NOT NULL, EntityID varchar(255), ColumnID varchar(35), ColumnValue varchar(100),
  Duplicate smallint NOT NULL DEFAULT 0, Status smallint NOT NULL, Comment varchar(255));

-- ---- The stand-in's books: what was really done, in order, kept by the database itself
CREATE SCHEMA books;
CREATE TABLE books.entry (n serial PRIMARY KEY, did text NOT NULL, reference text, amount decimal(15,3), at timestamptz NOT NULL
  DEFAULT clock_timestamp());
CREATE FUNCTION books.receipt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO books.entry (did, reference, amount) VALUES ('receipt', NEW.TranCmnt, NEW.TranAmt);
  RETURN NEW;
END $$;
CREATE TRIGGER tI_tarCustPmt AFTER INSERT ON tarCustPmt FOR EACH ROW EXECUTE FUNCTION books.receipt();
CREATE FUNCTION books.memo() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO books.entry (did, reference, amount) VALUES ('credit memo', NEW.TranCmnt, NEW.TranAmt);
  RETURN NEW;
END $$;
CREATE TRIGGER tI_tarInvoice AFTER INSERT ON tarInvoice FOR EACH ROW WHEN (NEW.TranType = 502) EXECUTE FUNCTION books.memo();
CREATE FUNCTION books.customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO books.entry (did, reference) VALUES (CASE TG_OP WHEN 'INSERT' THEN 'customer made' ELSE 'customer changed' END, NEW.CustID);
  RETURN NEW;
END $$;

-- ---- Misbehaviour: the next `times` imports go wrong
CREATE TABLE books.fault (kind text PRIMARY KEY, times int NOT NULL);
-- What a site decides: 'no duplicates' (a reference that is there is refused; a comment is no key, so Sage need not),
-- 'module inactive', 'stopped' (an import ends after its first fifty rows).
CREATE TABLE books.rule (name text PRIMARY KEY);
CREATE FUNCTION books.keeps(what text) RETURNS boolean LANGUAGE sql AS $$ SELECT EXISTS (SELECT 1 FROM books.rule WHERE name = what) $$;
CREATE SEQUENCE books.hit_import; -- they count also what is rolled back
CREATE SEQUENCE books.hit_commit;
CREATE FUNCTION books.misbehave(at text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE found text;
BEGIN
  SELECT kind INTO found FROM books.fault WHERE kind LIKE at || '.%';
  IF found IS NULL OR nextval(('books.hit_' || at)::regclass) > (SELECT times FROM books.fault WHERE kind = found) THEN RETURN; END IF;
  IF found = 'import.deadlock' THEN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END IF;
  IF found = 'import.lock_timeout' THEN RAISE EXCEPTION 'canceling statement due to lock timeout' USING ERRCODE = '55P03'; END IF;
  IF found = 'import.slow' THEN PERFORM pg_sleep(30); END IF;
  PERFORM pg_terminate_backend(pg_backend_pid()); -- import.killed, commit.killed
END $$;
CREATE FUNCTION books.at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM books.misbehave('commit');
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER z_at_commit AFTER INSERT ON tarCustPmt DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION books.at_commit();
CREATE CONSTRAINT TRIGGER z_at_commit AFTER INSERT ON tarInvoice DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.TranType = 502) EXECUTE FUNCTION books.at_commit();

-- ---- Procedures
CREATE FUNCTION spGetNextSurrogateKey(iTableName varchar, OUT oNewKey int) LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tsmSurrogateKey VALUES (iTableName, 2) ON CONFLICT (TableName) DO UPDATE SET NextKey = tsmSurrogateKey.NextKey + 1
    RETURNING NextKey - 1 INTO oNewKey;
END $$;

CREATE FUNCTION books.log(session int, entity text, col text, val text, dup int, status int, said text) RETURNS void LANGUAGE sql AS
$$ INSERT INTO tdmMigrationLogWrk VALUES (session, entity, col, val, dup, status, said) $$;

-- A receipt that cannot be taken is logged, and its row marked 2. String numbers: 151465 invalid, 240074 only positive,
-- 110067 duplicate, 207 column null.
CREATE FUNCTION books.receipt_take(r StgCustPmt, batch int) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE cust int; invc tarInvoice; pmt int;
BEGIN
  SELECT CustKey INTO cust FROM tarCustomer WHERE CompanyID = r.CompanyID AND CustID = r.CustID;
  IF cust IS NULL THEN
    PERFORM books.log(r.SessionKey, r.TranCmnt, 'CustID', r.CustID, 0, 1, 'Customer is invalid');
    RETURN false;
  ELSIF r.TranAmt IS NULL OR r.TranAmt <= 0 THEN
    PERFORM books.log(r.SessionKey, r.TranCmnt, 'TranAmt', r.TranAmt::text, 0, 1, 'Only positive values');
    RETURN false;
  ELSIF books.keeps('no duplicates') AND EXISTS (SELECT 1 FROM tarCustPmt p WHERE p.CompanyID = r.CompanyID AND p.TranCmnt = r.TranCmnt) THEN
    PERFORM books.log(r.SessionKey, r.TranCmnt, 'TranCmnt', r.TranCmnt, 1, 1, 'Duplicate');
    RETURN false;
  END IF;
  SELECT * INTO invc FROM tarInvoice WHERE CompanyID = r.CompanyID AND TranNo = r.ApplyToTranNo AND CustKey = cust FOR UPDATE;
  IF r.ApplyToTranNo IS NOT NULL AND (invc.InvcKey IS NULL OR r.ApplyAmt > invc.Balance) THEN
    PERFORM books.log(r.SessionKey, r.TranCmnt, 'ApplyToTranNo', r.ApplyToTranNo, 0, 1, 'Invoice is invalid, or less is open');
    RETURN false;
  END IF;
  pmt := (spGetNextSurrogateKey('tarCustPmt'));
  INSERT INTO tarCustPmt VALUES (pmt, cust, r.CompanyID, lpad(pmt::text, 10, '0'), r.TranAmt, r.TranDate, r.CurrID,
    r.TranAmt - coalesce(r.ApplyAmt, 0), batch, r.TranCmnt);
  IF invc.InvcKey IS NOT NULL THEN
    INSERT INTO tarCustPmtAppl VALUES (pmt, invc.InvcKey, r.ApplyAmt);
    UPDATE tarInvoice SET Balance = Balance - r.ApplyAmt, NextApplEntryNo = NextApplEntryNo + 1, UpdateCounter = UpdateCounter + 1,
      ClosingTranDate = CASE WHEN Balance = r.ApplyAmt THEN r.TranDate END WHERE InvcKey = invc.InvcKey;
  END IF;
  PERFORM books.log(r.SessionKey, r.TranCmnt, NULL, NULL, 0, 3, 'Successful');
  RETURN true;
END $$;

-- A credit memo: what was given back, an invoice of another type with its amounts below zero.
CREATE FUNCTION books.memo_take(r StgPendInvoice, batch int) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE cust int; invc int;
BEGIN
  SELECT CustKey INTO cust FROM tarCustomer WHERE CompanyID = r.CompanyID AND CustID = r.CustID;
  IF cust IS NULL THEN
    PERFORM books.log(r.SessionKey, r.TranCmnt, 'CustID', r.CustID, 0, 1, 'Customer is invalid');
  ELSIF r.TranType IS DISTINCT FROM 502 THEN
    PERFORM books.log(r.SessionKey, r.TranCmnt, 'TranType', r.TranType::text, 0, 1, 'Transaction type is invalid');
  ELSIF r.TranAmt IS NULL OR r.TranAmt <= 0 THEN
    PERFORM books.log(r.SessionKey, r.TranCmnt, 'TranAmt', r.TranAmt::text, 0, 1, 'Only positive values');
  ELSIF books.keeps('no duplicates') AND EXISTS (SELECT 1 FROM tarInvoice i WHERE i.CompanyID = r.CompanyID AND i.TranType = 502 AND i.TranCmnt = r.TranCmnt) THEN
    PERFORM books.log(r.SessionKey, r.TranCmnt, 'TranCmnt', r.TranCmnt, 1, 1, 'Duplicate');
  ELSIF r.ApplyToTranNo IS NOT NULL AND NOT EXISTS (SELECT 1 FROM tarInvoice i WHERE i.CompanyID = r.CompanyID
      AND i.TranNo = r.ApplyToTranNo AND i.CustKey = cust) THEN
    PERFORM books.log(r.SessionKey, r.TranCmnt, 'ApplyToTranNo', r.ApplyToTranNo, 0, 1, 'Invoice is invalid');
  ELSE
    invc := (spGetNextSurrogateKey('tarInvoice'));
    INSERT INTO tarInvoice (InvcKey, CompanyID, TranID, TranNo, TranType, TranDate, CustKey, CurrID, TranAmt, Balance, TranCmnt)
      VALUES (invc, r.CompanyID, lpad(invc::text, 10, '0') || '-CM', lpad(invc::text, 10, '0'), 502, r.TranDate, cust, r.CurrID,
        -r.TranAmt, -r.TranAmt, r.TranCmnt);
    PERFORM books.log(r.SessionKey, r.TranCmnt, NULL, NULL, 0, 3, 'Successful');
    RETURN true;
  END IF;
  RETURN false;
END $$;

-- Action 0: one that is there is changed, another one is made. Action 2: only a change; what is null stays as it is.
CREATE FUNCTION books.customer_take(r StgCustomer, batch int) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE c tarCustomer; a tciAddress; t tciContact;
BEGIN
  SELECT * INTO c FROM tarCustomer WHERE CompanyID = r.CompanyID AND CustID = r.CustID FOR UPDATE;
  IF r.Action = 2 AND c.CustKey IS NULL THEN
    PERFORM books.log(r.SessionKey, r.CustID, 'CustID', r.CustID, 0, 1, 'Customer is invalid');
    RETURN false;
  ELSIF r.Action = 2 THEN
    SELECT * INTO a FROM tciAddress WHERE AddrKey = c.DfltBillToAddrKey;
    SELECT * INTO t FROM tciContact WHERE CntctKey = c.PrimaryCntctKey;
    r.CustName := coalesce(r.CustName, c.CustName); r.AddrLine1 := coalesce(r.AddrLine1, a.AddrLine1);
    r.AddrLine2 := coalesce(r.AddrLine2, a.AddrLine2); r.City := coalesce(r.City, a.City); r.StateID := coalesce(r.StateID, a.StateID);
    r.PostalCode := coalesce(r.PostalCode, a.PostalCode); r.CountryID := coalesce(r.CountryID, a.CountryID);
    r.Phone := coalesce(r.Phone, t.Phone); r.EMailAddr := coalesce(r.EMailAddr, t.EMailAddr);
  ELSIF coalesce(r.CustID, '') = '' OR coalesce(r.CustName, '') = '' THEN
    PERFORM books.log(r.SessionKey, r.CustID, 'CustName', r.CustName, 0, 1, 'Column may not be null');
    RETURN false;
  END IF;
  IF c.CustKey IS NULL THEN
    c.DfltBillToAddrKey := (spGetNextSurrogateKey('tciAddress'));
    c.PrimaryCntctKey := (spGetNextSurrogateKey('tciContact'));
    INSERT INTO tarCustomer (CustKey, CompanyID, CustID, CustName, DfltBillToAddrKey, PrimaryCntctKey, CRMCustID)
      VALUES ((spGetNextSurrogateKey('tarCustomer')), r.CompanyID, r.CustID, r.CustName, c.DfltBillToAddrKey, c.PrimaryCntctKey,
        r.CRMCustID);
  ELSE
    UPDATE tarCustomer SET CustName = r.CustName, CRMCustID = coalesce(r.CRMCustID, CRMCustID), UpdateCounter = UpdateCounter + 1,
      UpdateDate = clock_timestamp() WHERE CustKey = c.CustKey;
  END IF;
  INSERT INTO tciAddress VALUES (c.DfltBillToAddrKey, r.AddrLine1, r.AddrLine2, r.City, r.StateID, r.PostalCode, r.CountryID)
    ON CONFLICT (AddrKey) DO UPDATE SET AddrLine1 = r.AddrLine1, AddrLine2 = r.AddrLine2, City = r.City, StateID = r.StateID,
      PostalCode = r.PostalCode, CountryID = r.CountryID;
  INSERT INTO tciContact VALUES (c.PrimaryCntctKey, r.Phone, r.EMailAddr)
    ON CONFLICT (CntctKey) DO UPDATE SET Phone = r.Phone, EMailAddr = r.EMailAddr;
  PERFORM books.log(r.SessionKey, r.CustID, NULL, NULL, 0, 3, 'Successful');
  RETURN true;
END $$;

-- What all import procedures do: fifty rows a call, and oContinue says that there are more.
CREATE FUNCTION books.import(stage text, take text, batch_type int, session int, company varchar, OUT oContinue smallint,
  OUT oRecsProcessed int, OUT oFailedRecs int, OUT oTotalRecs int, OUT oRetVal int) LANGUAGE plpgsql AS $$
DECLARE line int; batch int; good boolean;
BEGIN
  oContinue := 0; oRecsProcessed := 0; oFailedRecs := 0; oTotalRecs := 0; oRetVal := 1;
  IF NOT EXISTS (SELECT 1 FROM tsmCompany WHERE CompanyID = company) THEN oRetVal := 3; RETURN; END IF;
  PERFORM books.misbehave('import');
  IF books.keeps('module inactive') THEN -- success, and a failure in the log
    PERFORM books.log(session, NULL, NULL, NULL, 0, 1, 'Module is inactive');
    RETURN;
  END IF;
  IF batch_type IS NOT NULL THEN
    batch := (spGetNextSurrogateKey('tciBatchLog'));
    INSERT INTO tciBatchLog VALUES (batch, 'ARCR-' || lpad(batch::text, 7, '0'), batch_type, 4, 0, company, 2, 0);
  END IF;
  FOR line IN EXECUTE format('SELECT RowKey FROM %I WHERE SessionKey = $1 AND ProcessStatus = 0 ORDER BY RowKey LIMIT 50', stage)
      USING session LOOP
    EXECUTE format('SELECT books.%I(r, $1) FROM %I r WHERE RowKey = $2', take, stage) INTO good USING batch, line;
    EXECUTE format('UPDATE %I SET ProcessStatus = $1 WHERE RowKey = $2', stage) USING CASE WHEN good THEN 1 ELSE 2 END, line;
    oRecsProcessed := oRecsProcessed + good::int; oFailedRecs := oFailedRecs + (NOT good)::int; oTotalRecs := oTotalRecs + 1;
  END LOOP;
  EXECUTE format('SELECT count(*) > 0 FROM %I WHERE SessionKey = $1 AND ProcessStatus = 0', stage) INTO good USING session;
  oContinue := (good AND NOT books.keeps('stopped'))::int;
END $$;

-- The eleven parameters.
CREATE FUNCTION spARapiCustPmtIns(OUT oContinue smallint, iCancel int, iSessionKey int, iCompanyID varchar, iRptOption int,
  iPrintWarnings int, iUseStageTable int, OUT oRecsProcessed int, OUT oFailedRecs int, OUT oTotalRecs int,
  OUT oRetVal int) LANGUAGE sql AS $$ SELECT * FROM books.import('stgcustpmt', 'receipt_take', 503, iSessionKey, iCompanyID) $$;
CREATE FUNCTION spARapiPendInvoiceIns(OUT oContinue smallint, iCancel int, iSessionKey int, iCompanyID varchar, iRptOption int,
  iPrintWarnings int, iUseStageTable int, OUT oRecsProcessed int, OUT oFailedRecs int, OUT oTotalRecs int,
  OUT oRetVal int) LANGUAGE sql AS $$ SELECT * FROM books.import('stgpendinvoice', 'memo_take', 508, iSessionKey, iCompanyID) $$;
CREATE FUNCTION spARapiCustomerIns(OUT oContinue smallint, iCancel int, iSessionKey int, iCompanyID varchar, iRptOption int,
  iPrintWarnings int, iUseStageTable int, OUT oRecsProcessed int, OUT oFailedRecs int, OUT oTotalRecs int,
  OUT oRetVal int) LANGUAGE sql AS $$ SELECT * FROM books.import('stgcustomer', 'customer_take', NULL, iSessionKey, iCompanyID) $$;

-- ---- A company with customers and invoices
INSERT INTO tsmCompany VALUES ('SOA', 'Contoso', 'USD');
INSERT INTO tarCustomer (CustKey, CompanyID, CustID, CustName, DfltBillToAddrKey, PrimaryCntctKey)
  SELECT n, 'SOA', 'CUST-' || lpad(n::text, 4, '0'), 'Customer ' || n, n, n FROM generate_series(1, 50) n;
INSERT INTO tciAddress SELECT n, n || ' Main St', NULL, 'Boston', 'MA', '02110', 'USA' FROM generate_series(1, 50) n;
INSERT INTO tciContact SELECT n, '6175550' || lpad(n::text, 3, '0'), 'ap@customer' || n || '.example' FROM generate_series(1, 50) n;
INSERT INTO tsmSurrogateKey VALUES ('tarCustomer', 1001), ('tciAddress', 1001), ('tciContact', 1001), ('tarInvoice', 100001);
CREATE TRIGGER tIU_tarCustomer AFTER INSERT OR UPDATE ON tarCustomer FOR EACH ROW EXECUTE FUNCTION books.customer();
INSERT INTO tglAccount VALUES (1, '1030-00-00', 'SOA'), (2, '1200-00-00', 'SOA'), (3, '4000-00-00', 'SOA');
INSERT INTO tarInvoice (InvcKey, CompanyID, TranID, TranNo, TranDate, CustKey, CurrID, TranAmt, Balance)
  SELECT n, 'SOA', lpad(n::text, 10, '0') || '-IN', lpad(n::text, 10, '0'), date '2026-01-01' + n % 300, 1 + n % 50, 'USD',
    n + 0.105, n + 0.105 FROM generate_series(1, 1000) n;
