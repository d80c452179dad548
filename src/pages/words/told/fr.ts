import type { ToldWords } from "../../words.ts"

/** Sentences that the server composes, by code. */
export const toldFr: ToldWords = {
  "hold.changed": "{value} {value?modification|modifications} sur {present} {entity} ; limite : {limit}",
  "hold.gone": "{value} {value?retrait|retraits} sur {present} {entity} ; limite : {limit}",
  "hold.many-guardians": "{over} {over?élève aurait|élèves auraient} plus de {limit} responsables, {most} au plus",
  "hold.many-students": "{over} {over?responsable aurait|responsables auraient} plus de {limit} élèves, {most} au plus",
  "hold.upstream-removals": "{entity} dont dépendent des retraits retenus",
  "hold.edited": "ces étapes ({entity}) écraseraient des valeurs du système cible que rollbook n’a pas écrites",
  "hold.edited-perhaps":
    "on n’a pas pu savoir si ces étapes ({entity}) écraseraient des modifications faites dans le système cible",
  "hold.empty": "il ne resterait rien ({entity}), où il y en a {present}",
  "hold.flapping":
    "{value} {entity} : va-et-vient ou modifications dans au moins {times} des {runs} dernières exécutions ; leur retrait attend",
  "hold.upstream-updates": "{entity} qui ne changent peut-être qu’à cause de ce qui a disparu et qui est retenu",
  "hold.identity":
    "{field}, qui sert à reconnaître les {entity}, changerait dans {value} cas sur {present} ; limite par nuit : {limit}",
  "hold.incomplete":
    "{value} {value?retrait|retraits} ({entity}) attendent, car la lecture de la source n’est pas prouvée complète :",
  "hold.incomplete-change":
    "{value} {value?modification|modifications} ({entity}) attendent, car leur origine n’est pas prouvée complète :",
  "hold.per-school": "l’école {school} perdrait {value} {entity} sur {present} ; limite : {limit}",
  "hold.per-section": "la section {section} passerait de {present} à {after} {entity} ; limite des pertes : {limit}",
  "hold.pipeline-edited-gone":
    "{value} {value?retrait|retraits} sur {present} {entity}, et le pipeline a été modifié depuis l’exécution {run}",
  "hold.pipeline-edited":
    "{value} {value?modification|modifications} sur {present} {entity}, et le pipeline a été modifié depuis l’exécution {run}",
  "hold.other-engine-gone":
    "{value} {value?retrait|retraits} sur {present} {entity}, et le moteur est un autre depuis l’exécution {run}",
  "hold.other-engine":
    "{value} {value?modification|modifications} sur {present} {entity}, et le moteur est un autre depuis l’exécution {run}",
  "hold.rekey":
    "{gone} {entity} qui ont disparu et {fresh} nouveaux sont peut-être les mêmes sous une autre clé : quelqu’un doit le dire",
  "hold.rekey-roster":
    "{gone} {entity} qui ont disparu et {fresh} nouveaux sont peut-être les mêmes sous une autre clé, mais ne partagent au plus que {shared} % d’une liste : quelqu’un doit le dire",
  "hold.school-growth": "l’école {school} gagnerait {value} {entity} en plus de {present} ; limite : {limit}",
  "hold.section-growth":
    "{value} {entity} arriveraient dans la section {section}, qui passerait de {present} à {after} ; {limit} peuvent arriver, et {rows} s’y trouver",
  "hold.students": "{value} {value?élève reste|élèves restent} sans classe, sur {all} ; limite : {limit}",
  "hold.students-of-school":
    "à l’école {school}, {value} {value?élève reste|élèves restent} sans classe, sur {all} ; limite : {limit}",
  "hold.name-conflict":
    "ces {entity} prendraient un nom ({fields}) qu’un autre enregistrement garde : changez l’un des deux",
  "hold.teachers":
    "{value} {value?enseignant perd|enseignants perdent} tous leurs élèves, sur {all} qui enseignent ; limite : {limit}",
  "hold.shared":
    "de ce que cette garde a trouvé, {steps} {steps?changement relève|changements relèvent} déjà de {hold}",
  "hold.teacher": "{teacher}, qui enseigne {classes}",
  "hold.teacher-of-more": "{teacher}, qui enseigne {classes} et {more} de plus",
  "hold.more-teachers": "et {more} {more?enseignant|enseignants} de plus",
  "hold.more-people": "{people} et {more} de plus",
  "hold.places":
    "{steps} {steps?changement|changements} : les places de {teachers} {teachers?enseignant|enseignants} et de {students} {students?élève|élèves}",
  "hold.places-of-students":
    "{steps} {steps?changement|changements} : {students?la place|les places} de {students} {students?élève|élèves}",
  "hold.places-of-teachers":
    "{steps} {steps?changement|changements} : {teachers?la place|les places} de {teachers} {teachers?enseignant|enseignants}",
  "hold.unknown": "on ne sait pas ce que ces étapes ({entity}) feraient ; ce qui en dépend attend avec elles",
  "hold.unusual-removals":
    "{value} {value?retrait|retraits} ({entity}), où les {runs} dernières bonnes exécutions en ont fait {most} au plus ; limite : {limit}",
  "hold.unusual-additions":
    "{value} {value?ajout|ajouts} ({entity}), où les {runs} dernières bonnes exécutions en ont fait {most} au plus ; limite : {limit}",
  "read.no-end": "la fin des données n’a pas été reconnue",
  "read.moved": "des enregistrements sont passés d’une page à une autre pendant la lecture",
  "read.total-changed": "le total a changé pendant la lecture, de {from} à {to}",
  "read.fewer": "le serveur a annoncé {total} lignes et {rows} différentes ont été lues",
  "read.not-landed": "{received} lignes ont été reçues et {landed} enregistrées",
  "read.keyless":
    "{rows} {rows?ligne n’a|lignes n’ont} pas d’identifiant lisible : n’importe quelle ligne manquante peut en être",
  "read.empty": "aucune ligne, où la dernière bonne exécution en a lu {rows}",
  "read.no-totals":
    "il n’annonce plus de total, contrairement au dernier sondage ; demandez au fournisseur, puis relancez `rollbook probe`",
  "read.no-order":
    "il ne trie plus, contrairement au dernier sondage ; demandez au fournisseur, puis relancez `rollbook probe`",
  "read.nameless":
    "{rows} {rows?ligne en quarantaine ne dit|lignes en quarantaine ne disent} pas de quel enregistrement ({entity}) il s’agit : n’importe quelle ligne manquante peut en être",
  "read.turned-away":
    "{rows} lignes sur {all} ont été écartées pour une seule raison, {why} ; expect.turned_away en permet {limit}",
  "listed.not-read": "les fichiers où le système liste ce qu’il a n’ont pas pu être pris, et tout a été demandé :",
  "listed.too-old":
    "les fichiers où le système liste ce qu’il a datent du {at}, et tout est lu en entier tous les {days} jours : tout a été demandé",
  "listed.empty":
    "les fichiers où le système liste ce qu’il a n’en contiennent aucun enregistrement, alors qu’on en connaît : tout a été demandé",
  "listed.other-news": "whole_with nomme ce que le système ne liste pas dans ses fichiers : tout a été demandé",
  "listed.gap": "{name}, dans les fichiers du système :",
  "listed.left":
    "{parts} parties ont été demandées comme toujours : les fichiers du système sont plus anciens que ce qu’on en sait, ou ne disent pas tout",
  "unknown.stands": "on ne sait pas si {n} {entity} existent déjà dans le système cible :",
  "unknown.which": "il n’est pas certain quel enregistrement du système cible sont {n} {entity}",
  "unknown.edited": "on ne sait pas si {n} {entity} ont changé dans le système cible depuis la dernière écriture :",
  "unknown.sample":
    "on ne sait pas si {n} {entity} sur {all} ont été modifiés dans le système cible : seul un échantillon a été examiné",
  "unknown.role":
    "{n} {entity} auraient le rôle {role} à l’organisation même, d’où il s’étend à chaque école, et attendent. Donnez un autre rôle à ces personnes dans le pipeline, ou faites que le rôle ne s’étende plus",
  "step.new": "nouveau à la source",
  "step.changed": "modifié à la source : {fields}",
  "step.back": "de retour à la source",
  "step.back-unsure": "de retour à la source : on ne sait pas si son retrait a été fait",
  "step.missing": "manque dans le système cible",
  "step.again": "renvoyé : on ne sait pas si le dernier envoi a abouti",
  "step.gone": "n’est plus à la source",
  "step.unwanted": "n’est plus voulu",
  "step.unwanted-why": "n’est plus voulu :",
  "step.adopted": "existe déjà dans le système cible, reconnu par : {field}",
  "step.several": "plusieurs enregistrements du système cible ont cette valeur : {field}",
  "step.shared": "plusieurs enregistrements de la source correspondent à un seul du système cible",
  "step.not-asked": "on n’a pas pu savoir s’il existe déjà dans le système cible",
  "step.not-asked-yet":
    "on ne saura s’il existe déjà dans le système cible que lorsque ce dont il fait partie sera connu",
  "step.role-reaches-down": "le rôle {role} s’étend à tout ce qui est sous l’organisation",
  "step.known-before": "connu avant sous {key}, par : {field}",
  "step.went-over": "connu avant sous {key}",
  "step.perhaps-known-before":
    "{field} est celui de {former}, qui n’est plus voulu ; il n’est pas certain que ce soit le même",
  "step.known-again": "reconnu par {fields} ; sa clé était {former}",
  "step.name-kept": "{field} est celui de {holder}, qui le garde",
  "step.name-held": "{field} est celui de {holder}, dont la modification est retenue",
  "step.taken-away": "retiré entre-temps dans le système cible",
  "step.overwrites": "écrase ce qui a été modifié dans le système cible : {fields}",
  "step.stands": "écrase ce qui se trouve dans le système cible, sans qu’on sache l’y avoir écrit : {fields}",
  "step.leaves": "laisse ce qui a été modifié dans le système cible : {fields}",
  "step.takes-back": "annule : {action}",
  "record.missing-column": "{field} manque",
  "record.none-of": "{field} n’est aucun de {values}",
  "record.no-kind": "{field} n’est pas de la sorte {kind} : texte de {length} caractères",
  "record.nul": "{field} contient un caractère NUL",
  "record.structure": "{field} est un objet ou une liste, pas un texte",
  "record.no-field": "l’enregistrement n’a pas de {field}",
  "record.no-key": "{entity} : pas de clé",
  "record.same-key": "un autre enregistrement a la même clé",
  "record.no-match": "aucun enregistrement de {dataset} ne correspond",
  "record.names-none": "ne désigne rien de {entity}",
  "record.no-row": "rien de {entity} ne correspond",
  "record.not-wanted": "non voulu ({entity})",
  "record.ranks-behind": "un autre enregistrement passe avant",
  "record.flapping": "va-et-vient ou modifications dans au moins {times} des {runs} dernières exécutions",
  "record.no-date": "ce n’est pas une date",
  "record.no-entry": "la table n’a pas d’entrée pour {value}",
  "record.dangling": "{field} désigne {entity} {key}, que la source ne contient pas",
  "record.depends": "dépend de : {entity} {key} :",
  "standing.created":
    "existe dans le système cible, créé par l’exécution {run}, écrit en dernier par l’exécution {last}",
  "standing.adopted":
    "existe dans le système cible, repris par l’exécution {run}, écrit en dernier par l’exécution {last}",
  "standing.created-kept":
    "existe dans le système cible bien qu’il ne soit plus voulu, créé par l’exécution {run}, écrit en dernier par l’exécution {last}",
  "standing.adopted-kept":
    "existe dans le système cible bien qu’il ne soit plus voulu, repris par l’exécution {run}, écrit en dernier par l’exécution {last}",
  "standing.left-alone": "ce qui existe n’est pas touché :",
  "standing.gone": "retiré par l’exécution {run} :",
  "standing.unsure": "peut-être dans le système cible : aucune réponse ne dit si l’exécution {run} l’a créé :",
  "standing.nowhere": "pas dans le système cible :",
  "standing.quarantine": "en quarantaine depuis l’exécution {run}, {rule} :",
  "standing.unwanted": "non voulu depuis l’exécution {run} :",
  "standing.read": "lu par l’exécution {run} :",
  "standing.no-plan": "lu, et rien n’a jamais été prévu pour lui",
  "standing.no-step": "aucun plan n’a d’étape pour lui",
  "standing.not-carried-out": "l’exécution {run} a prévu : {action} ; le plan {plan} n’a pas été appliqué",
  "standing.held": "l’exécution {run} a prévu : {action} ; {hold} du plan {plan} le retient",
  "standing.failed": "échec de l’exécution {run} : {action}, {reason} :",
  "standing.no-state": "il n’y a pas encore d’état : rien n’a jamais été prévu ni écrit",
  "standing.nothing-known":
    "rien de connu sous ce nom n’a jamais été prévu, écrit ou écarté, et aucune lecture conservée ne pourrait en dire plus",
  "standing.not-in-read":
    "rien de connu sous ce nom n’a jamais été prévu, écrit ou écarté, et ne figure dans les lignes de l’exécution {runs}, la dernière lecture conservée",
  "standing.not-in-reads":
    "rien de connu sous ce nom n’a jamais été prévu, écrit ou écarté, et ne figure dans les lignes des exécutions {runs}, les dernières lectures conservées",
  "failure.Unauthorized": "accès refusé au système cible :",
  "failure.Forbidden": "droit manquant dans le système cible :",
  "failure.NotFound": "introuvable dans le système cible :",
  "failure.Invalid": "refusé par le système cible :",
  "failure.Conflict": "en conflit avec ce qui existe :",
  "failure.Throttled": "trop de requêtes pour le système cible :",
  "failure.Unreachable": "système cible inaccessible :",
  "failure.AnswerLost": "réponse perdue :",
  "failure.Malformed": "réponse illisible :",
  "failure.Unsupported": "non pris en charge :",
  "failure.Misconfigured": "mal configuré :",
  "failure.Unknown": "erreur inconnue :",
  "failure.DependsOn": "dépend d’autre chose :",
  "failure.EditedSince": "modifié entre-temps :",
  "failure.NotWritten": "non écrit :",
  "failure.LeftAlone": "non touché :",
  "failure.NotShown": "n’apparaît pas :",
  "failure.failed": "échec :",
  "failure.stopped": "arrêté :",
  "failure.row-not-shown": "sa ligne a été transmise le {t}, et elle n’apparaît pas dans le système cible",
  "failure.row-not-gone": "sa ligne a été transmise le {t}, et le système cible ne montre pas qu’elle a disparu",
  "failure.upstream": "{what} n’existe pas dans le système cible",
  "failure.taken-away": "retiré dans le système cible depuis que le plan a été fait",
  "failure.edited": "modifié dans le système cible depuis que le plan a été fait : {fields}",
  "failure.perhaps-edited":
    "on n’a pas pu savoir s’il a été modifié dans le système cible depuis que le plan a été fait",
  "failure.nothing-stood": "le système cible a répondu que c’était fait, mais à la relecture il n’y avait rien",
  "failure.approval-withdrawn": "{approval}, qui l’autorisait, a été retirée",
  "failure.nightly-off": "l’exportation nocturne a été désactivée pendant cette exécution",
  "failure.on-demand-off": "les exportations à la demande ont été désactivées pendant cette exécution",
  "failure.switches-unread": "les réglages à côté des fichiers ne peuvent pas être lus, donc plus rien n’est envoyé :",
  "item.kept-back": "quelqu’un le retient",
  "item.released": "quelqu’un l’a libéré : la prochaine exécution en juge à nouveau",
  "item.not-judged": "aucune exécution n’en a encore jugé",
  "item.old": "non lu à la dernière exécution : ce qu’on en sait date du {at}",
  "item.old-earlier": "non lu à la dernière exécution : ce qu’on en sait date d’une exécution antérieure",
  "item.waits": "attend :",
  "item.waits-approval": "attend une approbation",
  "cleanup.deleted": "son élément a été supprimé dans {system}",
  "cleanup.recreated":
    "son élément a été supprimé dans {system} et recréé sous {twin}, un devoir à part : un doublon, ou refusé par le SIS tant que celui-ci existe",
  "cleanup.turned-away": "son élément ne peut plus être envoyé :",
  "cleanup.not-eligible": "son élément ne part plus :",
  "cleanup.cleared": "des notes ont été effacées dans {system}",
  "cleanup.scores-why": "des notes ne partent plus :",
  "cleanup.scores": "des notes ne partent plus",
  "refused.not-switchable": "le fichier du pipeline ne permet pas ce réglage : load.gates.switchable ne le nomme pas",
  "refused.no-time": "le gel doit commencer et finir à des jours qui existent, dans cet ordre",
  "refused.no-such-freeze": "ce gel est déjà levé",
  "refused.schedule-alone": "le pipeline ne suit que son horaire : on_demand est désactivé",
  "refused.export-off": "l’exportation à la demande est désactivée",
  "refused.not-managed":
    "aucun cours de cette section n’est géré par rollbook : il a été créé à la main dans {system}, ou n’y est pas encore arrivé",
  "refused.session-unknown": "le pipeline {pipeline} ne connaît pas la période {session} et n’en exporte donc rien",
  "refused.which-platform": "plusieurs plateformes sont connectées ({connections}) : le cours s’écrit {example}",
  "refused.no-audit": "le journal d’audit ne peut pas être écrit : rien n’est montré ni fait",
  "refused.no-audit-reveal": "le journal d’audit ne peut pas être écrit : aucun nom n’est montré",
  "refused.no-audit-end": "le journal d’audit ne peut pas être écrit : rien n’est terminé",
  "refused.unconfirmed":
    "la plateforme d’apprentissage ne répond pas en ce moment : on ne sait pas si vous en avez encore le droit, et rien n’a été fait. Réessayez dans quelques minutes",
  "refused.sign-in-silent":
    "la connexion du district ne répond pas en ce moment : on ne sait pas si vous en avez encore le droit, et rien n’a été fait. Réessayez dans quelques minutes",
  "refused.gone":
    "la personne qui l’a demandé n’est plus connectée, et personne d’autre ne peut dire si elle en a encore le droit : rien n’a été fait",
  "refused.lost": "la personne qui l’a demandé n’en a plus le droit : rien n’a été fait",
  "refused.not-kept": "l’approbation ne peut pas être conservée en ce moment, et rien n’est approuvé",
  "refused.at-work": "une exécution est en cours et tient l’état : redemandez quand elle sera finie",
  "refused.invalid": "une définition n’est pas valide : la Configuration dit quoi et où",
  "refused.no-state": "l’état ne peut pas être lu en ce moment",
  "refused.no-pipelines": "les pipelines ne peuvent pas être lus en ce moment",
  "refused.what-if":
    "c’est un essai sur les lignes de l’exécution {run}. `rollbook plan {pipeline}` en fait un à approuver",
  "refused.what-if-apply":
    "c’est un essai sur les lignes de l’exécution {run}. `rollbook plan {pipeline}` en fait un à appliquer",
  "refused.expired-apply": "il valait jusqu’au {at}. Refaites un plan",
  "refused.expired": "il valait jusqu’au {at}. Refaites un plan et approuvez ce qu’il retient",
  "refused.nothing-held": "rien n’y est retenu",
  "refused.no-such-hold": "il n’a pas {holds} ; il a {others}",
  "refused.unknown": "ce qui n’est pas connu ne peut pas être approuvé :",
  "refused.unproven":
    "la lecture de la source n’est pas prouvée complète : ce qui semble disparu n’a peut-être pas été lu. Cherchez d’abord pourquoi :",
  "refused.carried-out": "tout est déjà fait, par l’exécution {runs}",
  "refused.nothing-of-place": "rien de retenu n’est de cette école ou de cette section",
  "refused.nothing-of-choice": "rien de retenu n’est de ce choix",
  "refused.other-hold-of-place":
    "{holds} n’a rien de cette école ou de cette section ; ce qui y est retenu est de {others}",
  "refused.other-hold-of-choice": "{holds} n’a rien de ce choix ; ce qui y est retenu est de {others}",
  "trail.by-link": "connexion par un lien",
  "trail.by-oidc": "connexion par le district",
  "trail.by-lti": "connexion depuis un cours",
  "trail.signed-out": "déconnexion",
  "trail.session-ended": "session terminée : la plateforme d’apprentissage donne d’autres droits à présent",
  "trail.sign-in-ended": "session terminée : la connexion du district donne d’autres droits à présent",
  "trail.revoked": "sessions terminées",
  "trail.approve": "approbation",
  "trail.export": "exportation de notes",
  "trail.run": "mise à jour lancée",
  "trail.reveal-run": "noms d’une exécution montrés",
  "trail.reveal-steps": "noms d’un plan montrés",
  "trail.reveal-export": "noms d’une exportation montrés",
  "trail.reveal-audit": "noms montrés dans le journal",
  "trail.reveal-cleanup": "noms montrés dans ce qui est à nettoyer",
  "trail.other-site": "refusé : un autre site l’a demandé en son nom",
  "trail.unconfirmed": "refusé : la plateforme d’apprentissage ne répond pas",
  "trail.sign-in-silent": "refusé : la connexion du district ne répond pas",
  "trail.refused": "refusé : {why}",
  "trail.on": "activé à côté du fichier : {name}, {why}",
  "trail.off": "désactivé à côté du fichier : {name}, {why}",
  "trail.as-written": "remis à ce que dit le fichier : {name}, {why}",
  "trail.freeze": "gel ajouté à côté du fichier",
  "trail.thaw": "gel levé à côté du fichier",
  "probe.me": "l’application agit comme un utilisateur du système",
  "probe.no-zone": "le système ne dit pas son fuseau horaire",
  "probe.other-zone": "{zone}, et les pipelines ont {wanted} : {system} montre les dates dans le sien",
  "probe.none-named": "les pipelines n’en nomment aucun",
  "probe.all-there": "les {n} que les pipelines nomment y sont",
  "probe.no-roles": "il n’a pas les rôles {missing} ; il a {known}",
  "probe.no-types": "il n’a pas les types d’unité {missing} ; il a {known}",
  "probe.data-sets": "les notes peuvent y être lues, dans leur état au {at}",
  "probe.data-sets-gap":
    "les notes peuvent y être lues, dans leur état au {at} ; un extrait différentiel plus récent manque",
  "probe.known": "le serveur les connaît",
  "probe.not-read": "rien n’a été lu : rien ne dit s’ils sont bons",
  "probe.first-page": "{rows} lignes dans la première page",
  "probe.announced": "{rows} lignes annoncées",
  "probe.no-rows": "il ne contient aucune ligne : sa pagination ne peut être connue",
  "probe.order": "les lignes viennent dans l’ordre de {key}",
  "probe.no-order": "les lignes ne viennent dans aucun ordre de clés : les pages sont lues une à une",
  "probe.more-than-asked": "il envoie plus de lignes qu’on n’en demande",
  "probe.no-offset": "il ne tient pas compte du décalage : il renvoie les mêmes lignes",
  "probe.fewer": "il donne {rows} lignes au plus, où {asked} étaient demandées",
  "probe.pages": "pages de {rows}, avancées par le décalage",
  "probe.totals": "il annonce combien de lignes il y a",
  "probe.wrong-total": "il annonce {total} lignes et en envoie davantage",
  "probe.no-totals": "il n’annonce pas de total : la fin se reconnaît à une page vide",
  "probe.end-error": "après la fin, il répond par une erreur :",
  "probe.end": "après la fin, il envoie une page vide",
  "probe.no-fields": "il refuse un choix de champs : tous sont lus",
  "probe.all-fields": "il envoie tous les champs, quoi qu’on demande",
  "probe.fields": "il envoie les champs demandés",
  "probe.no-filters": "il refuse les filtres",
  "probe.blind-filters": "il ne tient pas compte des filtres",
  "probe.filters": "il envoie ce qu’un filtre demande",
  "probe.since": "il filtre par {field}",
  "probe.no-since": "il ne filtre pas par {field}",
  "probe.by-delta": "il filtre par {field} et compte : la collection peut se lire par changements",
  "probe.uncounted": "il filtre par {field} et ne compte pas : qui demande les changements la lit en entier",
  "probe.unfiltered": "il ne filtre pas par {field} : qui demande les changements la lit en entier",
  "probe.undated": "aucun enregistrement ne dit quand il a été modifié : qui demande les changements la lit en entier",
  "probe.leaves-out":
    "un filtre par {field} omet un enregistrement de cette heure même : qui demande les changements la lit en entier",
  "probe.etags":
    "il donne aux pages des ETags et n’envoie pas de nouveau celles qui sont restées les mêmes : avec paging.etags à true dans la connexion, une nuit lit moins ; seule la lecture montre si une page qui change reçoit un autre ETag",
  "probe.etags-used":
    "il donne aux pages des ETags et n’envoie pas de nouveau celles qui sont restées les mêmes, comme paging.etags le demande ; seule la lecture montre si une page qui change reçoit un autre ETag",
  "probe.no-etags": "il ne donne pas d’ETags aux pages : paging.etags n’épargnerait rien",
  "probe.etags-unheeded":
    "il donne aux pages des ETags et les envoie quand même de nouveau : paging.etags n’épargnerait rien",
  "probe.etags-new": "il donne à la même page un autre ETag chaque fois : paging.etags n’épargnerait rien",
  "probe.etags-blind":
    "il dit qu’une page est restée la même quel que soit l’ETag demandé : ils ne disent rien, et paging.etags doit rester à false",
  "probe.etags-moved":
    "la page a changé pendant qu’elle était demandée : on ne sait pas si ses ETags disent vrai ; relancez probe",
  "probe.deletions": "les enregistrements à supprimer viennent marqués",
  "probe.no-deletions": "aucun enregistrement n’est marqué à supprimer en ce moment",
  "probe.gradebook": "il répond ; ce qu’il accepterait n’est pas essayé, car un sondage n’écrit rien"
}

/** Sentences of the pipelines that come with rollbook, as their files have them. */
export const shippedFr: Readonly<Record<string, string>> = {
  "another item of the class has this title": "un autre élément de la classe porte ce titre",
  "items of this type are not sent": "les éléments de ce type ne sont pas envoyés",
  "it has no category": "il n’a pas de catégorie",
  "somebody keeps it back with rollbook items": "quelqu’un le retient avec rollbook items",
  "its settings could not be read yet": "ses réglages n’ont pas encore pu être lus",
  "Brightspace does not tell its academic session": "Brightspace ne dit pas sa période scolaire",
  "it has no academic session": "il n’a pas de période scolaire",
  "its course has several sections, and it names none": "son cours a plusieurs sections, et il n’en nomme aucune",
  "its section is none of the roster": "sa section n’est pas dans les listes",
  "its academic session is no term of the roster": "sa période scolaire n’est pas dans les listes",
  "its category is not enabled for export to the SIS": "sa catégorie n’est pas activée pour l’exportation vers le SIS",
  "it is hidden from students": "il est caché aux élèves",
  "the SIS takes titles of 50 characters": "le SIS prend des titres de 50 caractères",
  "neither the item nor any score of it says how many points there are":
    "ni l’élément ni aucune de ses notes ne dit combien de points il y a",
  "another assignment of the class has this title in the SIS. Restore its item in Brightspace, give this one another name, or take that assignment away in the SIS":
    "un autre devoir de la classe porte ce titre dans le SIS. Restaurez son élément dans Brightspace, donnez un autre nom à celui-ci, ou retirez ce devoir dans le SIS",
  "its due date lies in no term of its section": "son échéance n’est dans aucune période de sa section",
  "its due date lies outside its academic session": "son échéance est hors de sa période scolaire",
  "the person is not from the SIS": "la personne ne vient pas du SIS",
  "the person is no student of the class": "la personne n’est pas élève de la classe",
  "its academic session and category could not be read in this run":
    "sa période scolaire et sa catégorie n’ont pas pu être lues à cette exécution",
  "the course is not active": "le cours n’est pas actif",
  "the course has not started, or has ended": "le cours n’a pas commencé, ou est terminé",
  "the student is not on the roster of the class": "l’élève n’est pas sur la liste de la classe",
  "whether the student is exempt could not be read": "on n’a pas pu lire si l’élève est dispensé",
  "the academic session ended more than 30 days ago": "la période scolaire est terminée depuis plus de 30 jours",
  "the school is withdrawn and its classes go on": "l’école est retirée et ses classes continuent",
  "the class names no academic session that the source holds":
    "la classe ne nomme aucune période scolaire que la source contienne",
  "the source does not hold the course of the class": "la source ne contient pas le cours de la classe",
  "neither the class nor its course has a number or a title": "ni la classe ni son cours n’a de numéro ou de titre",
  "the term ends before it begins, so that its dates are unknown":
    "la période finit avant de commencer : ses dates sont inconnues",
  "the course is withdrawn and its classes go on": "le cours est retiré et ses classes continuent",
  "the course has neither a title nor a code": "le cours n’a ni titre ni code",
  "the class belongs to a school year and to no term in it":
    "la classe appartient à une année scolaire et à aucune de ses périodes",
  "the class names a session that the source does not hold":
    "la classe nomme une période que la source ne contient pas",
  "the class names a school that the source does not hold": "la classe nomme une école que la source ne contient pas",
  "another record of the person is the account": "le compte est un autre enregistrement de la personne",
  "every role of the person is over": "tous les rôles de la personne sont terminés",
  "another person's record has this username, and ranks before this one":
    "l’enregistrement d’une autre personne a ce nom d’utilisateur et passe avant",
  "the record has no last name": "l’enregistrement n’a pas de nom de famille",
  "the record has no first name": "l’enregistrement n’a pas de prénom",
  "the person has no account in the SIS": "la personne n’a pas de compte dans le SIS",
  "another person has the same number": "une autre personne a le même numéro",
  "the student has no number, so that the id of the record stands for it":
    "l’élève n’a pas de numéro : l’identifiant de l’enregistrement en tient lieu",
  "the person has the number already; another person's record names it too":
    "la personne a déjà ce numéro ; l’enregistrement d’une autre le nomme aussi",
  "the record names no school": "l’enregistrement ne nomme aucune école",
  "who administers schools alone belongs to these, and not to the district":
    "qui n’administre que des écoles appartient à celles-ci, et non au district",
  "the row ends on the day it begins, or before": "la ligne finit le jour où elle commence, ou avant",
  "the parent's account is that of a member of the staff, and its role is no parent's":
    "le compte du parent est celui d’un membre du personnel, et son rôle n’est pas celui d’un parent",
  "one of the two does not name the other": "l’un des deux ne nomme pas l’autre"
}
