/** Shapes of the electronic certificates' interface, under the names that the workbench uses. */
import type { components, operations } from '../schema';

type S = components['schemas'];
export type ELine = S['ECertificateLine'];
export type EState = ELine['state'];
type SearchQuery = NonNullable<operations['search_e_certificates']['parameters']['query']>;
export type EKind = NonNullable<SearchQuery['kind']>;
export type ECertificate = S['ECertificateView'];
export type EAction = S['ECertificateAction'];
export type EUse = S['UseView'];
export type EFigures = S['ECertificateFiguresView'];
export type Seal = S['SealView'];
export type SealList = S['SealList'];
export type SealPurpose = S['SealPurpose'];
export type Batch = S['IssueBatchView'];
export type BatchOrder = S['BatchOrder'];
export type BatchDeed = S['BatchAction']['action'];
export type CitizenAccount = S['CitizenAccountView'];
export type CitizenOrder = S['CitizenOrder'];
export type CitizenDeed = S['CitizenAction']['action'];
export type SharingTerms = S['ApplicationTerms'];
export type SharingProgram = S['ApplicationView'];
export type SharingDeed = S['ApplicationAction']['action'];
export type BatchDetail = S['IssueBatchDetail'];
export type BatchFault = S['FaultView'];
export type SharingCall = S['CallView'];
