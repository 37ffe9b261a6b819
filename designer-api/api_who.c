/* api_who.c - who comes with a request: by session or token at the open listener, by their login at
 * the local socket. */
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "designer-api/api_priv.h"
#include "designer-api/people.h"

#define WHO_WORKSPACE "main"

static enum err_code who_local(const struct http_request *request, struct who *who, struct err *e)
{
    const char *workspace = http_request_header(request, "Weft-Workspace");

    if (workspace == NULL)
        workspace = WHO_WORKSPACE;
    if (*workspace == '\0' || strlen(workspace) >= sizeof who->workspace ||
        strchr(workspace, '/') != NULL)
        return err_set(e, ERR_USAGE, "Weft-Workspace is the name of a workspace");
    who->kind = WHO_LOCAL;
    who->role = ROLE_ADMIN;
    who->permissions = ~UINT64_C(0);
    who->second_factor = true;
    snprintf(who->workspace, sizeof who->workspace, "%s", workspace);
    return ERR_OK;
}

enum err_code api__local_name(const struct ask *ask, char name[WHO_NAME], struct err *e)
{
    struct passwd entry, *found = NULL;
    char room[4096];
    int64_t uid = ask->request->uid;

    if (ask->by[0] != '\0')
        snprintf(name, WHO_NAME, "%s", ask->by);
    else if (uid < 0)
        return err_set(e, ERR_USAGE, "\"by\" is missing: who you are is not known here");
    else if (getpwuid_r((uid_t)uid, &entry, room, sizeof room, &found) == 0 && found != NULL &&
             strlen(entry.pw_name) < WHO_NAME)
        snprintf(name, WHO_NAME, "%s", entry.pw_name);
    else
        snprintf(name, WHO_NAME, "uid %lld", (long long)uid);
    return ERR_OK;
}

enum err_code api__who(struct api *api, const struct http_request *request, bool local,
                       struct who *who, struct err *e)
{
    *who = (struct who){ .kind = WHO_NOBODY };
    if (local)
        return who_local(request, who, e);
    return api->rooms.people != NULL ? people_who(api->rooms.people, request, who, e) : ERR_OK;
}
