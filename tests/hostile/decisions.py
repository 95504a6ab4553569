"""Who may do what, decided cell by cell and by hand: nothing here is read from the house.

A line is an address, what it is about, and the status that each caller is answered with. `own` is the
caller's (an agency admin's agency, one's own entry, a purpose one is granted), `other` somebody else's,
`absent` nobody's; `mine` is a thing the caller made itself where a second person has to decide; `crossed` is
another agency's thing under one's own agency's address; `gone` a thing that is not there under one's own
agency's; `-` is about nothing.
"""

CALLERS = (
    "nobody",
    "revoked",
    "consumer",
    "auditor",
    "agency-admin",
    "security-admin",
    "system-admin",
    "registrar",
)

TABLE = """
                                                                 nob rev con aud age sec sys reg
GET  /health/live                                       -        200 200 200 200 200 200 200 200
GET  /health/ready                                      -        200 200 200 200 200 200 200 200
GET  /.well-known/jwks.json                             -        200 200 200 200 200 200 200 200
GET  /openapi.json                                      -        200 200 200 200 200 200 200 200
GET  /metrics                                           -        401 401 403 200 403 403 200 403

POST /v1/dossiers                                       own      401 401 200 403 403 403 403 403
POST /v1/dossiers                                       other    401 401 403 403 403 403 403 403
POST /v1/dossiers                                       absent   401 401 403 403 403 403 403 403
GET  /v1/projects/{project_code}/dossier                own      401 401 200 403 403 403 403 403
GET  /v1/projects/{project_code}/dossier                other    401 401 403 403 403 403 403 403
GET  /v1/projects/{project_code}/dossier                absent   401 401 403 403 403 403 403 403
GET  /v1/projects/{project_code}/materials/{kind}       own      401 401 200 403 403 403 403 403
GET  /v1/projects/{project_code}/materials/{kind}       other    401 401 403 403 403 403 403 403
GET  /v1/projects/{project_code}/materials/{kind}       absent   401 401 404 404 404 404 404 404
GET  /v1/attachments/{attachment}                       own      401 401 200 403 403 403 403 403
GET  /v1/attachments/{attachment}                       other    401 401 403 403 403 403 403 403
GET  /v1/attachments/{attachment}                       absent   401 401 404 404 404 404 404 404
GET  /v1/catalogue                                      -        401 401 200 200 200 200 200 200
GET  /v1/consumers                                      -        401 401 403 403 403 200 403 403
PUT  /v1/consumers/{consumer}/title                     own      401 401 403 403 403 200 403 403
PUT  /v1/consumers/{consumer}/title                     absent   401 401 403 403 403 404 403 403
POST /v1/events                                         own      401 401 200 403 403 403 403 403
POST /v1/events                                         other    401 401 404 403 403 403 403 403
POST /v1/events                                         absent   401 401 404 403 403 403 403 403

GET  /v1/projects/{project_code}/aliases                own      401 401 403 403 200 403 200 200
GET  /v1/projects/{project_code}/aliases                absent   401 401 403 403 200 403 200 200
POST /v1/projects/{project_code}/aliases/decisions      own      401 401 403 403 200 403 200 200
POST /v1/projects/{project_code}/aliases/decisions      absent   401 401 403 403 404 403 404 404

POST /v1/stand-ins/papers                               -        401 401 403 403 403 403 403 201
POST /v1/projects/{project_code}/stand-ins              own      401 401 403 403 403 403 403 201
POST /v1/projects/{project_code}/stand-ins              absent   401 401 403 403 403 403 403 201
GET  /v1/projects/{project_code}/stand-ins              own      401 401 403 200 403 403 403 200
GET  /v1/projects/{project_code}/stand-ins              absent   401 401 403 200 403 403 403 200
POST /v1/stand-ins/{stand_in}/decisions                 mine     401 401 403 403 403 403 403 403
POST /v1/stand-ins/{stand_in}/decisions                 other    401 401 403 403 403 403 403 200
POST /v1/stand-ins/{stand_in}/decisions                 absent   401 401 403 403 403 403 403 404

GET  /v1/log/checkpoint                                 -        401 401 200 200 200 200 200 200
GET  /v1/log/proofs/inclusion                           own      401 401 200 200 200 200 200 200
GET  /v1/log/proofs/inclusion                           absent   401 401 404 404 404 404 404 404
GET  /v1/log/proofs/consistency                         own      401 401 200 200 200 200 200 200
GET  /v1/log/proofs/consistency                         absent   401 401 404 404 404 404 404 404
GET  /v1/log/entries                                    -        401 401 403 200 403 403 403 403
GET  /v1/log/entries/{index}                            own      401 401 200 200 200 200 200 200
GET  /v1/log/entries/{index}                            other    401 401 404 200 404 404 404 404
GET  /v1/log/entries/{index}                            absent   401 401 404 404 404 404 404 404
GET  /v1/log/search                                     -        401 401 403 200 403 403 403 403
GET  /v1/log/follow                                     -        401 401 403 200 403 403 403 403
GET  /v1/log/overview                                   -        401 401 403 200 403 403 403 403
POST /v1/log/exports                                    -        401 401 403 200 403 403 403 403
GET  /v1/log/exports                                    own      401 401 403 200 403 403 403 403
GET  /v1/log/exports                                    absent   401 401 403 404 403 403 403 403

GET  /v1/agencies                                       -        401 401 403 200 200 403 200 403
POST /v1/cache/purge                                    -        401 401 403 403 403 403 200 403
GET  /v1/agencies/{agency}                              own      401 401 403 200 200 403 200 403
GET  /v1/agencies/{agency}                              other    401 401 403 200 403 403 200 403
GET  /v1/agencies/{agency}                              absent   401 401 403 404 403 403 404 403
GET  /v1/agencies/{agency}/notes                        own      401 401 403 403 200 403 200 403
GET  /v1/agencies/{agency}/notes                        other    401 401 403 403 403 403 200 403
GET  /v1/agencies/{agency}/notes                        absent   401 401 403 403 403 403 404 403
POST /v1/agencies/{agency}/notes                        own      401 401 403 403 201 403 201 403
POST /v1/agencies/{agency}/notes                        other    401 401 403 403 403 403 201 403
POST /v1/agencies/{agency}/notes                        absent   401 401 403 403 403 403 404 403
POST /v1/agencies/{agency}/probe                        own      401 401 403 403 200 403 200 403
POST /v1/agencies/{agency}/probe                        other    401 401 403 403 403 403 200 403
POST /v1/agencies/{agency}/probe                        absent   401 401 403 403 403 403 404 403
POST /v1/agencies/{agency}/pause                        own      401 401 403 403 201 403 201 403
POST /v1/agencies/{agency}/pause                        other    401 401 403 403 403 403 201 403
POST /v1/agencies/{agency}/pause                        absent   401 401 403 403 403 403 404 403
POST /v1/agencies/{agency}/resumption                   own      401 401 403 403 204 403 204 403
POST /v1/agencies/{agency}/resumption                   other    401 401 403 403 403 403 204 403
POST /v1/agencies/{agency}/resumption                   absent   401 401 403 403 403 403 404 403
GET  /v1/agencies/{agency}/deliveries                   own      401 401 403 200 200 403 200 403
GET  /v1/agencies/{agency}/deliveries                   other    401 401 403 200 403 403 200 403
GET  /v1/agencies/{agency}/deliveries                   absent   401 401 403 404 403 403 404 403
POST /v1/agencies/{agency}/deliveries/{delivery}/return own      401 401 403 403 204 403 204 403
POST /v1/agencies/{agency}/deliveries/{delivery}/return other    401 401 403 403 403 403 204 403
POST /v1/agencies/{agency}/deliveries/{delivery}/return absent   401 401 403 403 403 403 404 403
POST /v1/agencies/{agency}/deliveries/{delivery}/return crossed  401 401 403 403 404 403 404 403
POST /v1/agencies/{agency}/deliveries/{delivery}/return gone     401 401 403 403 404 403 404 403
GET  /v1/agencies/{agency}/uses                         own      401 401 403 200 200 403 403 403
GET  /v1/agencies/{agency}/uses                         other    401 401 403 200 403 403 403 403
GET  /v1/agencies/{agency}/uses                         absent   401 401 403 200 403 403 403 403
GET  /v1/agencies/{agency}/touched                      own      401 401 403 200 200 403 200 403
GET  /v1/agencies/{agency}/touched                      other    401 401 403 200 403 403 200 403
GET  /v1/agencies/{agency}/touched                      absent   401 401 403 404 403 403 404 403
POST /v1/agencies/{agency}/repulls                      own      401 401 403 403 202 403 202 403
POST /v1/agencies/{agency}/repulls                      other    401 401 403 403 403 403 202 403
POST /v1/agencies/{agency}/repulls                      absent   401 401 403 403 403 403 404 403
GET  /v1/agencies/{agency}/repulls/{repull}             own      401 401 403 200 200 403 200 403
GET  /v1/agencies/{agency}/repulls/{repull}             other    401 401 403 200 403 403 200 403
GET  /v1/agencies/{agency}/repulls/{repull}             absent   401 401 403 404 403 403 404 403
GET  /v1/agencies/{agency}/repulls/{repull}             crossed  401 401 403 404 404 403 404 403
GET  /v1/agencies/{agency}/repulls/{repull}             gone     401 401 403 404 404 403 404 403

GET  /v1/agencies/{agency}/secrets                      own      401 401 403 200 200 200 200 403
GET  /v1/agencies/{agency}/secrets                      other    401 401 403 200 403 200 200 403
GET  /v1/agencies/{agency}/secrets                      absent   401 401 403 200 403 200 200 403
PUT  /v1/agencies/{agency}/secrets/{name}               own      401 401 403 403 200 403 200 403
PUT  /v1/agencies/{agency}/secrets/{name}               other    401 401 403 403 403 403 200 403
PUT  /v1/agencies/{agency}/secrets/{name}               absent   401 401 403 403 403 403 200 403
POST /v1/secrets/rotation                               -        401 401 403 403 403 403 200 403

GET  /v1/agencies/{agency}/versions                     own      401 401 403 200 200 403 200 403
GET  /v1/agencies/{agency}/versions                     other    401 401 403 200 403 403 200 403
GET  /v1/agencies/{agency}/versions                     absent   401 401 403 200 403 403 200 403
POST /v1/agencies/{agency}/versions                     own      401 401 403 403 201 403 403 403
POST /v1/agencies/{agency}/versions                     other    401 401 403 403 403 403 403 403
POST /v1/agencies/{agency}/versions                     absent   401 401 403 403 403 403 403 403
GET  /v1/agencies/{agency}/versions/{version}           own      401 401 403 200 200 403 200 403
GET  /v1/agencies/{agency}/versions/{version}           other    401 401 403 200 403 403 200 403
GET  /v1/agencies/{agency}/versions/{version}           absent   401 401 403 404 403 403 404 403
GET  /v1/agencies/{agency}/versions/{version}           gone     401 401 403 404 404 403 404 403
PUT  /v1/agencies/{agency}/versions/{version}           mine     401 401 403 403 200 403 403 403
PUT  /v1/agencies/{agency}/versions/{version}           own      401 401 403 403 403 403 403 403
PUT  /v1/agencies/{agency}/versions/{version}           other    401 401 403 403 403 403 403 403
PUT  /v1/agencies/{agency}/versions/{version}           absent   401 401 403 403 403 403 403 403
PUT  /v1/agencies/{agency}/versions/{version}           gone     401 401 403 403 404 403 403 403
GET  /v1/agencies/{agency}/versions/{version}/diff      own      401 401 403 200 200 403 200 403
GET  /v1/agencies/{agency}/versions/{version}/diff      other    401 401 403 200 403 403 200 403
GET  /v1/agencies/{agency}/versions/{version}/diff      absent   401 401 403 404 403 403 404 403
GET  /v1/agencies/{agency}/versions/{version}/diff      gone     401 401 403 404 404 403 404 403
POST /v1/agencies/{agency}/versions/{version}/submission   mine    401 401 403 403 200 403 403 403
POST /v1/agencies/{agency}/versions/{version}/submission   own     401 401 403 403 403 403 403 403
POST /v1/agencies/{agency}/versions/{version}/submission   other   401 401 403 403 403 403 403 403
POST /v1/agencies/{agency}/versions/{version}/submission   absent  401 401 403 403 403 403 403 403
POST /v1/agencies/{agency}/versions/{version}/submission   gone    401 401 403 403 404 403 403 403
POST /v1/agencies/{agency}/versions/{version}/withdrawal   mine    401 401 403 403 200 403 403 403
POST /v1/agencies/{agency}/versions/{version}/withdrawal   own     401 401 403 403 403 403 403 403
POST /v1/agencies/{agency}/versions/{version}/withdrawal   other   401 401 403 403 403 403 403 403
POST /v1/agencies/{agency}/versions/{version}/withdrawal   absent  401 401 403 403 403 403 403 403
POST /v1/agencies/{agency}/versions/{version}/withdrawal   gone    401 401 403 403 404 403 403 403
POST /v1/agencies/{agency}/versions/{version}/rejection    mine    401 401 403 403 403 403 403 403
POST /v1/agencies/{agency}/versions/{version}/rejection    own     401 401 403 403 200 403 200 403
POST /v1/agencies/{agency}/versions/{version}/rejection    other   401 401 403 403 403 403 200 403
POST /v1/agencies/{agency}/versions/{version}/rejection    absent  401 401 403 403 403 403 404 403
POST /v1/agencies/{agency}/versions/{version}/rejection    gone    401 401 403 403 404 403 404 403
POST /v1/agencies/{agency}/versions/{version}/publication  mine    401 401 403 403 403 403 403 403
POST /v1/agencies/{agency}/versions/{version}/publication  own     401 401 403 403 200 403 200 403
POST /v1/agencies/{agency}/versions/{version}/publication  other   401 401 403 403 403 403 200 403
POST /v1/agencies/{agency}/versions/{version}/publication  absent  401 401 403 403 403 403 404 403
POST /v1/agencies/{agency}/versions/{version}/publication  gone    401 401 403 403 404 403 404 403
POST /v1/agencies/{agency}/versions/{version}/rollback     own     401 401 403 403 200 403 200 403
POST /v1/agencies/{agency}/versions/{version}/rollback     other   401 401 403 403 403 403 200 403
POST /v1/agencies/{agency}/versions/{version}/rollback     absent  401 401 403 403 403 403 404 403
POST /v1/agencies/{agency}/versions/{version}/rollback     gone    401 401 403 403 404 403 404 403
POST /v1/agencies/{agency}/versions/{version}/trials       own     401 401 403 403 200 403 200 403
POST /v1/agencies/{agency}/versions/{version}/trials       other   401 401 403 403 403 403 200 403
POST /v1/agencies/{agency}/versions/{version}/trials       absent  401 401 403 403 403 403 404 403
POST /v1/agencies/{agency}/versions/{version}/trials       gone    401 401 403 403 404 403 404 403
POST /v1/agencies/{agency}/versions/{version}/comparisons  own     401 401 403 403 200 403 200 403
POST /v1/agencies/{agency}/versions/{version}/comparisons  other   401 401 403 403 403 403 200 403
POST /v1/agencies/{agency}/versions/{version}/comparisons  absent  401 401 403 403 403 403 404 403
POST /v1/agencies/{agency}/versions/{version}/comparisons  gone    401 401 403 403 404 403 404 403

GET  /v1/grants/versions                                -        401 401 403 200 403 200 200 403
POST /v1/grants/versions                                -        401 401 403 403 403 201 403 403
GET  /v1/grants/versions/{version}                      own      401 401 403 200 403 200 200 403
GET  /v1/grants/versions/{version}                      absent   401 401 403 404 403 404 404 403
PUT  /v1/grants/versions/{version}                      mine     401 401 403 403 403 200 403 403
PUT  /v1/grants/versions/{version}                      own      401 401 403 403 403 403 403 403
PUT  /v1/grants/versions/{version}                      absent   401 401 403 403 403 404 403 403
GET  /v1/grants/versions/{version}/diff                 own      401 401 403 200 403 200 200 403
GET  /v1/grants/versions/{version}/diff                 absent   401 401 403 404 403 404 404 403
POST /v1/grants/versions/{version}/submission           mine     401 401 403 403 403 200 403 403
POST /v1/grants/versions/{version}/submission           own      401 401 403 403 403 403 403 403
POST /v1/grants/versions/{version}/submission           absent   401 401 403 403 403 404 403 403
POST /v1/grants/versions/{version}/withdrawal           mine     401 401 403 403 403 200 403 403
POST /v1/grants/versions/{version}/withdrawal           own      401 401 403 403 403 403 403 403
POST /v1/grants/versions/{version}/withdrawal           absent   401 401 403 403 403 404 403 403
POST /v1/grants/versions/{version}/rejection            mine     401 401 403 403 403 403 403 403
POST /v1/grants/versions/{version}/rejection            own      401 401 403 403 403 200 403 403
POST /v1/grants/versions/{version}/rejection            absent   401 401 403 403 403 404 403 403
POST /v1/grants/versions/{version}/publication          mine     401 401 403 403 403 403 403 403
POST /v1/grants/versions/{version}/publication          own      401 401 403 403 403 200 403 403
POST /v1/grants/versions/{version}/publication          absent   401 401 403 403 403 404 403 403
POST /v1/grants/versions/{version}/rollback             own      401 401 403 403 403 200 403 403
POST /v1/grants/versions/{version}/rollback             absent   401 401 403 403 403 404 403 403
"""

Place = tuple[str, str]
"""Method and path."""


def decided() -> dict[tuple[Place, str], dict[str, int]]:
    """By place and object, the status for each caller."""
    found: dict[tuple[Place, str], dict[str, int]] = {}
    for line in filter(None, TABLE.splitlines()[2:]):
        method, path, about, *cells = line.split()
        assert len(cells) == len(CALLERS), f"an undecided cell: {line}"
        assert ((method, path), about) not in found, f"decided twice: {line}"
        found[(method, path), about] = dict(zip(CALLERS, map(int, cells), strict=True))
    return found
