import type { EntranceWords } from "../entrance-words.ts"

export const fr: EntranceWords = {
  language: "fr",
  wait: "Un instant…",
  goOn: "Continuer",
  ownTab: "Ouvrir rollbook dans son propre onglet",
  remembersNothing: "Ce navigateur ne laisse rien garder à rollbook dans cette page.",
  openTab: "Ouvrir dans un nouvel onglet",
  notSignedIn: "Vous n’êtes pas connecté",
  launchRefused: "Ce lancement a été refusé :",
  launchAgain: "Ouvrez rollbook encore une fois depuis le cours.",
  launchReasons: {
    unregistered: "il vient d’une plateforme d’apprentissage, d’un client ou d’un déploiement qui n’est pas enregistré",
    target: "il est destiné à une autre adresse que celle-ci",
    unsolicited: "personne ici ne l’a demandé, il a déjà servi ou il a pris trop de temps",
    browser: "il a commencé dans un autre navigateur, ou celui-ci ne garde pas de témoins ici",
    malformed: "ce n’est pas un lancement qui puisse être lu",
    signature: "sa signature n’est pas celle de la plateforme d’apprentissage",
    keys: "les clés de la plateforme d’apprentissage ne peuvent pas être lues en ce moment",
    issuer: "il nomme une autre plateforme d’apprentissage",
    audience: "il est destiné à un autre outil",
    nonce: "il répond à une autre demande",
    age: "il est échu, ou a été fait il y a trop longtemps",
    deployment: "il vient d’un autre déploiement",
    message: "c’est un autre message que le lancement d’un lien",
    person: "il ne nomme personne de la plateforme d’apprentissage",
    lookup: "la plateforme d’apprentissage ne peut pas dire les rôles en ce moment"
  },
  signInReasons: {
    unreachable: "la connexion du district ne répond pas en ce moment",
    unsolicited:
      "personne ici ne l’a demandée, elle a déjà servi, elle a pris trop de temps ou elle a commencé dans un autre navigateur",
    refused: "la connexion du district ne s’est portée garante de personne",
    nobody: "la connexion du district ne dit pas de qui il s’agit",
    rights: "aucun groupe de cette personne n’a de droit ici"
  },
  linkRefused: "Ce lien n’en est pas un, a déjà servi ou est échu. « rollbook serve --admin » en donne un nouveau.",
  signInByLink:
    "Connectez-vous par un lien : « rollbook serve --admin » en donne un. Le personnel enseignant vient de son cours.",
  tooMany: "Trop d’essais : attendez une minute.",
  takesNoNotes: "L’espace de travail ne peut rien noter en ce moment, donc personne n’est connecté. Essayez encore."
}
