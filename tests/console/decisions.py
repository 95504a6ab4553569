"""Which pages are whose, decided line by line and by hand: nothing here is read from the console.

A line is a method, an address, and a mark for each role: `+` everything there, `o` only the agencies assigned
to the account, `.` not theirs. `open` stands for everybody, signed in or not.
"""

ROLES = ("auditor", "agency-admin", "security-admin", "system-admin", "registrar")

TABLE = """
                                                                    aud age sec sys reg
GET  /console/static/{digest}/{name}                                open
GET  /console/sign-in                                               open
POST /console/sign-in                                               open
GET  /console/sign-on                                               open
GET  /console/sign-on/end                                           open
GET  /console/enrolment                                             open
POST /console/enrolment                                             open
POST /console/enrolment/account                                     open
POST /console/language                                              open
GET  /console                                                       +   +   +   +   +
POST /console/sign-out                                              +   +   +   +   +
GET  /console/password                                              +   +   +   +   +
POST /console/password                                              +   +   +   +   +

GET  /console/agencies                                              +   o   .   +   .
GET  /console/agencies/{agency}                                     +   o   .   +   .
POST /console/agencies/{agency}/probe                               .   o   .   +   .
POST /console/agencies/{agency}/notes                               .   o   .   +   .
POST /console/agencies/{agency}/pause                               .   o   .   +   .
POST /console/agencies/{agency}/resumption                          .   o   .   +   .
GET  /console/agencies/{agency}/versions                            +   o   .   +   .
POST /console/agencies/{agency}/versions                            .   o   .   .   .
GET  /console/agencies/{agency}/versions/{version}                  +   o   .   +   .
POST /console/agencies/{agency}/versions/{version}                  .   o   .   .   .
POST /console/agencies/{agency}/versions/{version}/submission       .   o   .   .   .
POST /console/agencies/{agency}/versions/{version}/withdrawal       .   o   .   .   .
POST /console/agencies/{agency}/versions/{version}/rejection        .   o   .   +   .
POST /console/agencies/{agency}/versions/{version}/publication      .   o   .   +   .
POST /console/agencies/{agency}/versions/{version}/rollback         .   o   .   +   .
GET  /console/agencies/{agency}/versions/{version}/trials           .   o   .   +   .
POST /console/agencies/{agency}/versions/{version}/trials           .   o   .   +   .
POST /console/agencies/{agency}/versions/{version}/comparisons      .   o   .   +   .
GET  /console/agencies/{agency}/secrets                             +   o   +   +   .
POST /console/agencies/{agency}/secrets                             .   o   .   +   .
GET  /console/agencies/{agency}/deliveries                          +   o   .   +   .
POST /console/agencies/{agency}/deliveries/{delivery}/return        .   o   .   +   .
GET  /console/agencies/{agency}/uses                                +   o   .   .   .
GET  /console/agencies/{agency}/touched                             +   o   .   +   .
POST /console/agencies/{agency}/repulls                             .   o   .   +   .
GET  /console/agencies/{agency}/repulls/{repull}                    +   o   .   +   .

GET  /console/log                                                   +   .   .   .   .
POST /console/log/saved                                             +   .   .   .   .
POST /console/log/saved/deletion                                    +   .   .   .   .
POST /console/log/signature                                         +   .   .   .   .
GET  /console/log/follow                                            +   .   .   .   .
GET  /console/log/{index}                                           +   .   .   .   .
GET  /console/log/{index}/proof                                     +   .   .   .   .
POST /console/log/{index}/verification                              +   .   .   .   .
GET  /console/exports                                               +   .   .   .   .
POST /console/exports                                               +   .   .   .   .
GET  /console/exports/{entry}/file                                  +   .   .   .   .
GET  /console/exports/{entry}/manifest                              +   .   .   .   .
GET  /console/look                                                  +   .   .   .   .
GET  /console/report                                                +   .   .   .   .
GET  /console/integrity                                             +   .   .   .   .
POST /console/integrity                                             +   .   .   .   .
GET  /console/integrity/{verification}/progress                     +   .   .   .   .
GET  /console/integrity/{verification}/report                       +   .   .   .   .

GET  /console/agencies/{agency}/connect                             .   o   .   .   .
POST /console/agencies/{agency}/connect                             .   o   .   .   .
GET  /console/agencies/{agency}/connect/{version}                   .   o   .   .   .
POST /console/agencies/{agency}/connect/{version}                   .   o   .   .   .
POST /console/agencies/{agency}/connect/{version}/tables            .   o   .   .   .
GET  /console/agencies/{agency}/connect/{version}/{kind}            .   o   .   .   .
POST /console/agencies/{agency}/connect/{version}/{kind}/question   .   o   .   .   .
POST /console/agencies/{agency}/connect/{version}/{kind}/sample     .   o   .   .   .
GET  /console/agencies/{agency}/connect/{version}/{kind}/raw        .   o   .   .   .
POST /console/agencies/{agency}/connect/{version}/{kind}/mapping    .   o   .   .   .
POST /console/agencies/{agency}/connect/{version}/{kind}/preview    .   o   .   .   .
POST /console/agencies/{agency}/connect/{version}/{kind}/removal    .   o   .   .   .

GET  /console/accounts                                              .   .   +   .   .
POST /console/accounts                                              .   .   +   .   .
GET  /console/accounts/{account}                                    .   .   +   .   .
POST /console/accounts/{account}/invitation                         .   .   +   .   .
POST /console/accounts/{account}/unlocking                          .   .   +   .   .
POST /console/accounts/{account}/closing                            .   .   +   .   .
POST /console/accounts/{account}/agencies                           .   .   +   .   .
GET  /console/consumers                                             .   .   +   .   .
POST /console/consumers                                             .   .   +   .   .
GET  /console/consumers/{consumer}                                  .   .   +   .   .
POST /console/consumers/{consumer}/keys                             .   .   +   .   .
POST /console/consumers/{consumer}/title                            .   .   +   .   .
GET  /console/consumers/{consumer}/revocation                       .   .   +   .   .
POST /console/consumers/{consumer}/revocation                       .   .   +   .   .
GET  /console/approvals                                             .   o   +   +   +
GET  /console/approvals/stand-ins/{stand_in}                        .   .   .   .   +
POST /console/approvals/stand-ins/{stand_in}                        .   .   .   .   +
GET  /console/approvals/stand-ins/{stand_in}/paper                  .   .   .   .   +
GET  /console/approvals/stand-ins/{stand_in}/paper/preview          .   .   .   .   +
GET  /console/approvals/stand-ins/{stand_in}/paper/content          .   .   .   .   +
GET  /console/grants                                                +   .   +   +   .
GET  /console/grants/unused                                         +   .   +   +   .
GET  /console/grants/decisions                                      .   .   +   .   .
POST /console/grants/decisions                                      .   .   +   .   .
GET  /console/grants/endings                                        .   .   +   .   .
POST /console/grants/endings                                        .   .   +   .   .
GET  /console/grants/versions                                       +   .   +   +   .
POST /console/grants/versions                                       .   .   +   .   .
GET  /console/grants/versions/{version}                             +   .   +   +   .
POST /console/grants/versions/{version}                             .   .   +   .   .
POST /console/grants/versions/{version}/submission                  .   .   +   .   .
POST /console/grants/versions/{version}/withdrawal                  .   .   +   .   .
POST /console/grants/versions/{version}/rejection                   .   .   +   .   .
POST /console/grants/versions/{version}/publication                 .   .   +   .   .
POST /console/grants/versions/{version}/rollback                    .   .   +   .   .

GET  /console/health                                                +   .   .   +   .
POST /console/health/purge                                          .   .   .   +   .

GET  /console/dossiers                                              .   .   .   .   +
POST /console/dossiers                                              .   .   .   .   +
GET  /console/dossiers/{entry}/attachments/{attachment}             .   .   .   .   +
GET  /console/dossiers/{entry}/attachments/{attachment}/preview     .   .   .   .   +
GET  /console/dossiers/{entry}/attachments/{attachment}/content     .   .   .   .   +
GET  /console/dossiers/{entry}/stand-ins/{kind}                     .   .   .   .   +
POST /console/dossiers/{entry}/stand-ins/{kind}                     .   .   .   .   +
"""

Place = tuple[str, str]


def decided() -> dict[Place, dict[str, str] | None]:
    """The marks by role of every page; None for one that is open."""
    rows = [line.split() for line in TABLE.splitlines() if line.startswith(("GET", "POST"))]
    return {
        (method, path): None if marks == ["open"] else dict(zip(ROLES, marks, strict=True))
        for method, path, *marks in rows
    }
